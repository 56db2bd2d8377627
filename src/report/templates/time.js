// Charts over time that a reader looks into, all of them at once.
const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400];
const CLOSEST = 1 / 500;

const told = (seconds) => {
  const [value, unit] = seconds < 120 ? [seconds, 's'] : seconds < 7200 ? [seconds / 60, 'min'] : [seconds / 3600, 'h'];
  return `${Number(value.toFixed(2))}${unit}`;
};
const drawn = (name, attributes, text = '') => {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
};

const chartOf = (svg) => {
  const inner = svg.querySelector('.inner');
  const level = svg.querySelector('.level');
  const [left, top, width, height] = inner.getAttribute('viewBox').split(' ').map(Number);
  const marks = [...level.childNodes];
  const line = level.querySelector('line');
  const foot = level.querySelector('text');
  const labels = [...svg.querySelectorAll('text.band')].map((label) => [label, Number(label.getAttribute('x'))]);
  const seconds = Number(svg.dataset.end) / 1e9;
  const show = (from, to) => {
    const whole = from === 0 && to === 1;
    const place = (share) => left + ((share - from) / (to - from)) * width;
    inner.setAttribute('viewBox', `${left + from * width} ${top} ${(to - from) * width} ${height}`);
    svg.classList.toggle('closer', !whole);
    for (const [label, x] of labels) {
      const at = place((x - left) / width);
      label.setAttribute('x', Math.max(at, left));
      label.toggleAttribute('hidden', at < left - 1 || at > left + width * 0.9);
    }
    if (whole) { level.replaceChildren(...marks); return; }
    const step = STEPS.find((s) => ((to - from) * seconds) / s <= 8) ?? STEPS.at(-1);
    const ticks = [];
    for (let at = Math.ceil((from * seconds) / step) * step; at <= to * seconds + 1e-9; at += step) ticks.push(at);
    level.replaceChildren(...ticks.flatMap((at) => {
      const x = place(at / seconds).toFixed(1);
      return [
        drawn('line', { class: 'grid', x1: x, x2: x, y1: line.getAttribute('y1'), y2: line.getAttribute('y2') }),
        drawn('text', { class: 'mark', x, y: foot.getAttribute('y') }, told(at)),
      ];
    }));
  };
  /// The share of the whole that lies under a place on the screen.
  const shareAt = (clientX, from, to) => {
    const box = svg.getBoundingClientRect();
    const x = ((clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
    return from + Math.min(1, Math.max(0, (x - left) / width)) * (to - from);
  };
  const choose = (one, other, from, to) => {
    svg.querySelector('.chosen')?.remove();
    if (one === null) return;
    const x = (share) => left + ((share - from) / (to - from)) * width;
    svg.append(drawn('rect', { class: 'chosen', x: Math.min(x(one), x(other)), width: Math.abs(x(other) - x(one)), y: 28, height: 208 }));
  };
  return { svg, seconds, show, shareAt, choose, ...reading(svg, left, width, seconds) };
};

/// What a chart shows at an instant, from its own figures: a line in the chart, and the values beside it.
const reading = (svg, left, width, seconds) => {
  const figure = svg.closest('figure');
  const table = figure.querySelector('table');
  const names = table ? [...table.tHead.rows[0].cells].map(words) : [];
  const rows = table ? [...table.tBodies[0].rows].map((row) => [number(words(row.cells[0])), [...row.cells].map(words)]) : [];
  const note = made('div', { class: 'note', 'aria-hidden': 'true' });
  const line = drawn('line', { class: 'at', y1: 28, y2: 236 });
  note.hidden = true;
  figure.append(note);
  const forget = () => { note.hidden = true; line.remove(); };
  /// The line at a share of the whole, of which `from` to `to` is shown; the values too where the pointer is on this chart.
  const read = (share, from, to, event) => {
    const x = left + ((share - from) / (to - from)) * width;
    line.setAttribute('x1', x);
    line.setAttribute('x2', x);
    svg.append(line);
    const row = rows.findLast(([at]) => at !== null && at <= share * seconds);
    note.hidden = !event || !row;
    if (note.hidden) return;
    note.replaceChildren(...row[1].map((value, i) => made('span', {}, made('i', {}, `${names[i]} `), made('b', {}, value))));
    const box = figure.getBoundingClientRect();
    const at = event.clientX - box.left;
    note.style.setProperty('top', `${svg.getBoundingClientRect().bottom - box.top}px`);
    note.style.setProperty('left', `${Math.max(4, Math.min(at - note.offsetWidth / 2, box.width - note.offsetWidth - 4))}px`);
  };
  return { read, forget };
};

const looked = (section) => {
  const charts = [...section.querySelectorAll('svg.plotted[data-end]')].map(chartOf);
  if (charts.length === 0) return;
  let from = 0;
  let to = 1;
  const said = made('output', { 'aria-live': 'polite' });
  const set = (one, other) => {
    const width = Math.min(1, Math.max(CLOSEST, other - one));
    from = Math.min(Math.max(0, one), 1 - width);
    to = from + width;
    if (width > 0.999) [from, to] = [0, 1];
    for (const chart of charts) chart.show(from, to);
    const { seconds } = charts[0];
    said.textContent = from === 0 && to === 1 ? `all ${told(seconds)}` : `${told(from * seconds)} to ${told(to * seconds)}`;
    for (const button of [reset, out]) button.disabled = from === 0 && to === 1;
    earlier.disabled = from === 0;
    later.disabled = to === 1;
  };
  const button = (title, act) => {
    const element = made('button', { type: 'button' }, title);
    element.addEventListener('click', act);
    return element;
  };
  const by = (share) => () => set(from + (to - from) * share, to - (to - from) * share);
  const move = (share) => () => set(from + (to - from) * share, to + (to - from) * share);
  const closer = button('Zoom in', by(0.25));
  const out = button('Zoom out', by(-0.5));
  const earlier = button('Earlier', move(-0.5));
  const later = button('Later', move(0.5));
  const reset = button('Whole run', () => set(0, 1));
  const tools = made('div', { class: 'tools', role: 'group', 'aria-label': 'Part of the run that is shown', 'data-for': named(section) },
    closer, out, earlier, later, reset, said, made('span', { class: 'hint' }, 'or drag over a chart; Escape shows all'));
  section.querySelector('.plots').before(tools);
  for (const chart of charts) {
    let start = null;
    const end = (event, taken) => {
      if (start === null) return;
      const other = chart.shareAt(event.clientX, from, to);
      const [one, more] = [Math.min(start, other), Math.max(start, other)];
      start = null;
      chart.choose(null);
      if (taken && more - one > (to - from) * 0.02) set(one, more);
    };
    chart.svg.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      start = chart.shareAt(event.clientX, from, to);
      chart.svg.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    chart.svg.addEventListener('pointermove', (event) => {
      const share = chart.shareAt(event.clientX, from, to);
      if (start !== null) chart.choose(start, share, from, to);
      for (const other of charts) other.read(share, from, to, other === chart ? event : null);
    });
    chart.svg.addEventListener('pointerleave', () => charts.forEach((other) => other.forget()));
    chart.svg.addEventListener('pointerup', (event) => end(event, true));
    chart.svg.addEventListener('pointercancel', (event) => end(event, false));
  }
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.target.matches?.('input, select')) set(0, 1);
  });
  addEventListener('beforeprint', () => { set(0, 1); charts.forEach((chart) => chart.forget()); });
  set(0, 1);
};
for (const section of document.querySelectorAll('#time')) looked(section);
