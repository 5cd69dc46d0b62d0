// Enhancements by script: the pages are complete without.
(() => {
  'use strict';
  const root = document.documentElement;
  const fa = root.lang === 'fa';
  root.classList.add('js');

  const latin = (text) => text.replace(/[۰-۹]/g, (c) => c.charCodeAt(0) - 0x6f0).replace(/[٠-٩]/g, (c) => c.charCodeAt(0) - 0x660);
  const local = (text) => (fa ? String(text).replace(/\d/g, (c) => String.fromCharCode(0x6f0 + +c)) : String(text));

  // Digits only, in groups, from any keyboard; the caret stays behind the same digit.
  for (const input of document.querySelectorAll('input[data-groups]')) {
    const size = +input.dataset.groups;
    const most = +input.dataset.most;
    const group = (event) => {
      // A keyboard that composes would lose what it has not finished.
      if (event.isComposing) return;
      const before = Math.min(latin(input.value.slice(0, input.selectionStart)).replace(/\D/g, '').length, most);
      const digits = latin(input.value).replace(/\D/g, '').slice(0, most);
      const shown = size ? digits.replace(new RegExp(`(\\d{${size}})(?=\\d)`, 'g'), '$1 ') : digits;
      input.removeAttribute('aria-invalid');
      if (shown === input.value) return;
      input.value = shown;
      const caret = before + (size ? Math.floor(Math.max(before - 1, 0) / size) : 0);
      input.setSelectionRange(caret, caret);
    };
    input.addEventListener('input', group);
    input.addEventListener('compositionend', group);
    // The blank between two groups is not the payer's: deleting forward takes the digit behind it.
    input.addEventListener('keydown', (event) => {
      const at = input.selectionStart;
      if (event.key === 'Delete' && at === input.selectionEnd && input.value[at] === ' ') input.setSelectionRange(at + 1, at + 1);
    });
  }

  // The bank of a card, by its first six digits.
  const bank = document.querySelector('[data-banks]');
  if (bank) {
    const banks = JSON.parse(bank.dataset.banks);
    const help = bank.dataset.help;
    const input = document.getElementById(bank.dataset.for);
    const show = () => {
      const bin = latin(input.value).replace(/\D/g, '').slice(0, 6);
      bank.textContent = bin.length < 6 ? help : banks[bin] || bank.dataset.unknown;
    };
    input.addEventListener('input', show);
    show();
  }

  // Remaining time, counted from now: the service's clock may differ from this one.
  const count = () => {
    for (const clock of document.querySelectorAll('[data-seconds]:not([data-counts])')) {
      clock.dataset.counts = '1';
      const ends = performance.now() + clock.dataset.seconds * 1000;
      const tick = () => {
        if (!clock.isConnected) return;
        const left = Math.max(0, Math.round((ends - performance.now()) / 1000));
        const pair = [Math.floor(left / 60), String(left % 60).padStart(2, '0')];
        if (left >= 3600) pair.unshift(Math.floor(left / 3600), String(Math.floor(left / 60) % 60).padStart(2, '0')), pair.splice(2, 1);
        clock.textContent = local(pair.join(':'));
        if (left) return setTimeout(tick, 250);
        const gone = document.getElementById(clock.dataset.gone);
        if (!gone) return;
        gone.hidden = false;
        for (const old of document.querySelectorAll('.notice.good')) old.hidden = true;
        const pay = clock.closest('form')?.querySelector('button');
        if (pay) pay.disabled = true;
      };
      tick();
    }
  };
  count();
  addEventListener('daric:counted', count);

  // The field that is wrong has the focus, also where a browser does not apply autofocus, and its message is in view.
  const wrong = document.querySelector('[aria-invalid="true"]');
  if (wrong) {
    wrong.focus({ preventScroll: true });
    const message = document.getElementById((wrong.getAttribute('aria-describedby') || '').split(' ')[0]);
    (message || wrong).scrollIntoView({ block: 'center' });
  }

  // A form is sent once.
  for (const form of document.querySelectorAll('form[data-once]')) {
    form.addEventListener('submit', (event) => {
      if (form.dataset.sent) return event.preventDefault();
      form.dataset.sent = '1';
      for (const button of form.querySelectorAll('button')) button.setAttribute('aria-disabled', 'true');
    });
  }
  // After going back, a browser may show the page as it was left.
  addEventListener('pageshow', () => {
    for (const form of document.querySelectorAll('form[data-sent]')) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll('button')) button.removeAttribute('aria-disabled');
    }
  });

  // The code of an SMS whose last line names this site, where the browser reads it (Web OTP).
  const code = document.querySelector('input[data-sms]');
  if (code && 'OTPCredential' in window) {
    const waiting = new AbortController();
    code.form.addEventListener('submit', () => waiting.abort());
    navigator.credentials.get({ otp: { transport: ['sms'] }, signal: waiting.signal }).then((sms) => {
      if (!sms || code.value) return;
      code.value = sms.code;
      code.dispatchEvent(new Event('input', { bubbles: true }));
    }, () => {});
  }

  // Redirects to the shop after a while, unless the payer stays.
  for (const goes of document.querySelectorAll('[data-goes]')) {
    const going = setTimeout(() => location.assign(goes.dataset.goes), goes.dataset.after * 1000);
    for (const stay of document.querySelectorAll('[data-stay]')) {
      stay.addEventListener('click', () => { clearTimeout(going); goes.remove(); stay.remove(); });
    }
  }

  for (const button of document.querySelectorAll('[data-print]')) button.addEventListener('click', () => print());
})();
