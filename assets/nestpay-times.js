// Tells moments in the reader's own time zone. Without it they stand there in UTC, and say so.
(() => {
  if (window.nestpayTimes) return;
  window.nestpayTimes = true;
  const KINDS = {
    day: { dateStyle: 'medium' },
    moment: {
      year: 'numeric', month: 'short', day: 'numeric',
      hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short',
    },
  };
  const writers = {};
  const writer = (kind) => {
    const lang = document.documentElement.lang || 'en';
    return (writers[kind + lang] ??= new Intl.DateTimeFormat(lang, KINDS[kind]));
  };
  const tell = (time) => {
    const at = Date.parse(time.dateTime);
    if (Number.isNaN(at)) return;
    const told = writer(time.dataset.told).format(at);
    if (time.textContent !== told) time.textContent = told;
  };
  const tellIn = (node) => {
    const element = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
    const own = element?.closest('time[data-told]');
    if (own) tell(own);
    element?.querySelectorAll('time[data-told]').forEach(tell);
  };
  // An observer is called before the browser paints, so nobody sees the time change.
  new MutationObserver((changes) => {
    for (const { target, addedNodes, type } of changes) type === 'childList' ? addedNodes.forEach(tellIn) : tellIn(target);
  }).observe(document.documentElement, {
    subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ['datetime'],
  });
  tellIn(document.documentElement);
})();
