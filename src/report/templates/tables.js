// Tables that a reader sorts, narrows down and pages through.
const TONES = { error: 'bad', warning: 'open' };
const FILTERED = 15;

const isBlank = (text) => /^[-–]?$/.test(text.trim());

/// A cell of a row that was only data.
const cell = (text, as, look) => {
  const td = made('td', look ? { class: look } : {});
  if (as === 'pill') td.append(made('span', { class: `pill ${TONES[text] ?? ''}` }, text));
  else if (as === 'code' && text) td.append(made('code', {}, text));
  else if (as === 'link' && document.getElementById(text)) td.append(made('a', { href: `#${text}` }, text));
  else td.append(text);
  return td;
};

/// The rows that a table has, and those that the data beside it has.
const rowsOf = (table, head) => {
  const there = [...table.tBodies[0].rows].map((row) => {
    const cells = [...row.cells].map((c) => c.dataset.value ?? words(c));
    return { cells, row: () => row };
  });
  const data = table.id && document.querySelector(`script[data-rows="${table.id}"]`);
  if (!data) return there;
  const { texts, rows } = JSON.parse(data.textContent);
  const looks = head.map((th) => [th.dataset.as, th.className]);
  const further = rows.map((values) => {
    const cells = values.map((v) => (typeof v === 'number' ? texts[v] : v));
    let row;
    return { cells, row: () => row ??= made('tr', {}, ...cells.map((text, i) => cell(text, ...looks[i]))) };
  });
  return there.concat(further);
};

/// In the order of a column: numbers and times as such where all of it are, blanks last.
const sorted = (items, column, way) => {
  const keyed = items.map((item) => [item.cells[column], item]);
  const full = keyed.filter(([text]) => !isBlank(text));
  const numbers = full.map(([text]) => number(text));
  const numeric = numbers.every((n) => n !== null);
  const rows = full.map(([text, item], i) => [numeric ? numbers[i] : text, item]);
  const collator = new Intl.Collator('en', { numeric: true });
  const compare = numeric ? (a, b) => a - b : collator.compare;
  rows.sort(([a], [b]) => (way === 'ascending' ? compare(a, b) : compare(b, a)));
  return rows.concat(keyed.filter(([text]) => isBlank(text))).map(([, item]) => item);
};

const equip = (table) => {
  const head = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const items = rowsOf(table, head);
  let left = items;
  let order = null;
  let first = 0;
  const pager = made('span', { class: 'pager' });
  const show = () => {
    const rows = order ? sorted(left, ...order) : left;
    first = Math.min(first, Math.max(0, rows.length - 1));
    const shown = rows.slice(first, first + PAGE);
    body.replaceChildren(...shown.map((item) => item.row()));
    pager.hidden = rows.length <= PAGE;
    range.textContent = `${count(first + 1)} to ${count(first + shown.length)}`;
    back.disabled = first === 0;
    on.disabled = first + PAGE >= rows.length;
  };
  const range = made('output', {});
  const step = (title, by) => {
    const button = made('button', { type: 'button' }, title);
    button.addEventListener('click', () => { first = Math.max(0, first + by); show(); });
    return button;
  };
  const back = step('Previous', -PAGE);
  const on = step('Next', PAGE);
  pager.append(back, range, on);

  for (const [column, th] of head.entries()) {
    const title = words(th);
    if (!title || th.dataset.fixed !== undefined) continue;
    const button = made('button', { type: 'button', class: 'sort' }, ...th.childNodes);
    button.addEventListener('click', () => {
      const next = { ascending: 'descending', descending: null }[th.getAttribute('aria-sort')];
      for (const other of head) other.removeAttribute('aria-sort');
      order = next === null ? null : [column, next ?? 'ascending'];
      if (order) th.setAttribute('aria-sort', order[1]);
      show();
    });
    th.replaceChildren(button);
  }
  if (items.length < FILTERED) return;
  const place = table.closest('.wide, .scroll') ?? table;
  const name = place.getAttribute('aria-label') ?? 'rows';
  const facets = head.flatMap((th, i) => (th.dataset.facet === undefined ? [] : [[i, words(th)]]));
  for (const item of items) {
    let text;
    item.facets = item.cells;
    item.text = () => text ??= item.cells.join(' ').toLowerCase();
  }
  const filter = filtered(table, place, name, items, facets, (rows) => { left = rows; first = 0; show(); });
  filter.tools.append(pager);
  clearing.set(table, filter.clear);
  show();
};

const isPlain = (table) => table.tHead?.rows.length === 1 && table.tBodies.length === 1
  && table.tBodies[0].rows.length > 1 && !table.matches('.calls, .month, .fixed')
  && [...table.tBodies[0].rows].every((row) => row.cells.length === table.tHead.rows[0].cells.length);
for (const table of document.querySelectorAll('main table')) if (isPlain(table)) equip(table);
