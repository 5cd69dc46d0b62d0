// What the console does more with scripts: overviews that stay true while one looks.
(() => {
  'use strict';
  for (const live of document.querySelectorAll('[data-live]')) {
    const events = new EventSource(live.dataset.live);
    events.onmessage = (event) => {
      // The reader's place is kept: nothing moves that has the focus or the pointer on it.
      if (live.contains(document.activeElement)) return;
      live.innerHTML = event.data;
      dispatchEvent(new Event('daric:counted'));
    };
    addEventListener('pagehide', () => events.close());
  }
})();
