// Enhancements by script: overviews that update while they are open, and keys for lists.
(() => {
  'use strict';
  for (const live of document.querySelectorAll('[data-live]')) {
    const events = new EventSource(live.dataset.live);
    events.onmessage = (event) => {
      // A part that has the focus is not replaced.
      if (live.contains(document.activeElement)) return;
      live.innerHTML = event.data;
      dispatchEvent(new Event('daric:counted'));
    };
    addEventListener('pagehide', () => events.close());
  }

  // `/` goes to the search; in a list `j` and `k` go to the next and the previous row, and Enter opens it.
  const rows = () => [...document.querySelectorAll('main table.rows tbody tr')];
  addEventListener('keydown', (event) => {
    const typing = event.target.closest?.('input, select, textarea, [contenteditable]');
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === '/') {
      event.preventDefault();
      document.getElementById('q')?.focus();
      return;
    }
    const all = rows();
    const at = all.indexOf(document.activeElement);
    if (event.key === 'Enter' && at >= 0) {
      all[at].querySelector('a')?.click();
      return;
    }
    const step = { j: 1, k: -1 }[event.key];
    if (!step || !all.length) return;
    event.preventDefault();
    const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
    next.tabIndex = -1;
    next.focus();
    next.scrollIntoView({ block: 'nearest' });
  });
})();
