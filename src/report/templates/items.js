// Lists of cards and rows that a reader narrows down.
const PAGE = 100;

const made = (name, attributes, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};
const words = (element) => {
  const bare = element.cloneNode(true);
  for (const tool of bare.querySelectorAll('.tools')) tool.remove();
  return bare.textContent.replace(/\s+/g, ' ').trim();
};
const count = (number) => number.toLocaleString('en');

const UNITS = { ns: 1e-9, 'µs': 1e-6, ms: 1e-3, s: 1, min: 60, h: 3600, d: 86400 };
/// The number that a text begins with, times in seconds; nothing where it begins with none.
const number = (text) => {
  const found = /^([+-]?[\d,]*\.?\d+)\s*(ns|µs|ms|s|min|h|d)?(?![\p{L}\d])/u.exec(text.trim());
  return found ? Number(found[1].replaceAll(',', '')) * (UNITS[found[2]] ?? 1) : null;
};

let lists = 0;
const named = (element) => {
  if (!element.id) element.id = `list-${lists += 1}`;
  return element.id;
};

/// A choice among the values that the items have of something; nothing where they have but one.
const choice = (title, values, changed) => {
  const known = [...new Set(values)].filter((v) => v).sort();
  if (known.length < 2 || known.length > 200) return null;
  const select = made('select', {}, made('option', { value: '' }, 'all'), ...known.map((v) => made('option', { value: v }, v)));
  select.addEventListener('change', () => changed(select.value));
  return made('label', {}, `${title} `, select);
};

/// Puts a filter above a list. An item is {text, facets, ...}; `show` is told what is left.
const filtered = (list, place, name, items, facets, show) => {
  const chosen = {};
  let sought = '';
  const said = made('output', {});
  const apply = () => {
    const parts = sought.toLowerCase().split(' ').filter((p) => p);
    const fits = (item) => Object.entries(chosen).every(([key, value]) => !value || item.facets[key] === value)
      && (parts.length === 0 || parts.every((part) => item.text().includes(part)));
    const left = items.filter(fits);
    said.textContent = `${count(left.length)} of ${count(items.length)}`;
    show(left);
  };
  const input = made('input', { type: 'search', autocomplete: 'off', spellcheck: 'false' });
  input.addEventListener('input', () => { sought = input.value.trim(); apply(); });
  const choices = facets.map(([key, title]) => choice(title, items.map((i) => i.facets[key]), (v) => { chosen[key] = v; apply(); }));
  const tools = made('div', { class: 'tools', role: 'group', 'aria-label': `Filter: ${name}`, 'data-for': named(list) },
    made('label', {}, 'Filter ', input), ...choices.filter((c) => c), said);
  said.setAttribute('aria-live', 'polite');
  said.textContent = `${count(items.length)} of ${count(items.length)}`;
  place.before(tools);
  const clear = () => {
    input.value = '';
    sought = '';
    for (const select of tools.querySelectorAll('select')) select.value = '';
    for (const key of Object.keys(chosen)) delete chosen[key];
    apply();
  };
  return { tools, apply, clear };
};

const clearing = new Map();

for (const list of document.querySelectorAll('[data-filter]')) {
  const cards = [...list.querySelectorAll('[data-item]')];
  if (cards.length < 3) continue;
  const facets = (list.dataset.facets ?? '').split(' ').filter((f) => f);
  const items = cards.map((card) => {
    let text;
    return { card, facets: card.dataset, text: () => text ??= words(card).toLowerCase() };
  });
  const titled = facets.map((f) => [f, f[0].toUpperCase() + f.slice(1)]);
  const filter = filtered(list, list, list.dataset.filter, items, titled, (left) => {
    const kept = new Set(left);
    for (const item of items) item.card.hidden = !kept.has(item);
  });
  clearing.set(list, filter.clear);
}

/// What a link leads to is shown, whatever was filtered out or closed.
const reveal = () => {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (const [list, clear] of clearing) if (list.contains(target) && target.closest('[hidden]')) clear();
  for (let element = target; element; element = element.parentElement) if (element.matches('details')) element.open = true;
  target.scrollIntoView();
};
addEventListener('hashchange', reveal);
document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[href^="#"]');
  if (link && link.getAttribute('href') === location.hash) reveal();
});
