// Enhancements by script: overviews that update while they are open.
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
})();
