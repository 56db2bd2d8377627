// Opens pages in Chromium as readers do, uses them, and says as JSON what is wrong with each.
//
// Usage: pages.mjs MODULES CHROMIUM < JOB
// A job is {"pages": [{"name", "path", "checks"}], "shots": FOLDER or null}; the answer is [{"name", "complaints": [{"check", "said"}],
// "tried": {"sort", "filter", "zoom", "copy"}}]. Without `checks` all are made, and with `shots` pictures of the page are left there, and
// what it is on paper.

import { createRequire } from 'node:module';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, named] = process.argv.slice(2);
const places = (process.env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, named));
const executablePath = path.isAbsolute(named) ? named : places.find((place) => existsSync(place));
const require = createRequire(path.resolve(modules, 'x.js'));
const { chromium } = require('playwright-core');
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const job = JSON.parse(readFileSync(0, 'utf8'));

const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 360, height: 740 };
// What A4 leaves between the margins that pages ask for, in pixels of CSS.
const PAPER = { width: 718, height: 1047 };
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const OPEN = () => document.querySelectorAll('details').forEach((d) => { d.open = true; });

/// Everything below runs in the page, so each function stands for itself.

const axe = async (page, mode, complain) => {
  await page.evaluate(OPEN);
  await page.evaluate(AXE);
  // What a mode leaves as it was in the light is not looked at again: the dark has other colours, the narrow page another layout.
  const runOnly = {
    light: { type: 'tag', values: RULES },
    dark: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] },
    narrow: { type: 'rule', values: ['target-size', 'scrollable-region-focusable', 'meta-viewport', 'empty-heading', 'region', 'bypass'] },
  }[mode];
  const options = { runOnly, resultTypes: ['violations'] };
  const found = await page.evaluate((given) => globalThis.axe.run(document, given), options);
  for (const v of found.violations) {
    const nodes = v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')}: ${(n.any[0] ?? n.all[0] ?? n.none[0])?.message ?? ''}`);
    complain('axe', `${mode}: ${v.id} (${v.nodes.length}): ${nodes.join(' | ')}`);
  }
};

const sideways = () => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return null;
  const beyond = [...document.body.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > room + 1 && !e.closest('.wide, .scroll'));
  return `${document.documentElement.scrollWidth} px of ${room}: ${beyond.slice(0, 4).map((e) => `${e.tagName}.${e.getAttribute('class')}`)}`;
};

/// Text that is shown, apart from what only a script can offer.
const shownText = () => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const shown = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    const text = node.textContent.replace(/\s+/g, ' ').trim();
    if (text && parent.checkVisibility() && !parent.closest('.tools, script, style')) shown.push(text);
  }
  return shown;
};

const onPaper = (width) => {
  const wrong = [];
  const shown = (e) => e.checkVisibility() && e.getClientRects().length > 0;
  const named = (e) => `${e.tagName.toLowerCase()}.${e.getAttribute('class') ?? ''} ${e.textContent.trim().slice(0, 40)}`;
  for (const e of document.querySelectorAll('table, svg, pre, dl, p, h1, h2, h3, td, th, figure')) {
    if (!shown(e)) continue;
    if (e.getBoundingClientRect().right > width + 1) wrong.push(`beyond the right edge: ${named(e)}`);
    else if (e.scrollWidth > e.clientWidth + 1 && !['visible'].includes(getComputedStyle(e).overflowX)) wrong.push(`cut: ${named(e)}`);
  }
  for (const e of document.querySelectorAll('.wide, .scroll')) {
    if (shown(e) && e.scrollWidth > e.clientWidth + 1) wrong.push(`does not fit: ${named(e)}`);
  }
  for (const e of document.querySelectorAll('tbody tr, figure, pre.excerpt')) {
    if (shown(e) && getComputedStyle(e).display === 'table-row' && getComputedStyle(e).breakInside !== 'avoid') wrong.push(`may be split: ${named(e)}`);
  }
  for (const e of document.querySelectorAll('thead')) {
    if (shown(e) && getComputedStyle(e).display !== 'table-header-group') wrong.push(`is not repeated: ${named(e)}`);
  }
  for (const e of document.querySelectorAll('details .found, details .excerpt, .rest li')) {
    if (!shown(e) && !e.closest('.each')) wrong.push(`not shown: ${named(e)}`);
  }
  for (const e of document.querySelectorAll('.tools, .tools button')) if (shown(e)) wrong.push(`a tool is printed: ${named(e)}`);
  return wrong;
};

const pressed = async (page, handle) => { await handle.focus(); await page.keyboard.press('Enter'); };

/// Sorts every table by keyboard, and looks whether its rows are in order.
const sorting = async (page, complain) => {
  const buttons = await page.$$('th > button.sort');
  for (const button of buttons) {
    const before = await button.evaluate((b) => [...b.closest('table').tBodies[0].rows].map((r) => r.textContent));
    for (const wanted of ['ascending', 'descending']) {
      await pressed(page, button);
      const got = await button.evaluate((b) => b.closest('th').getAttribute('aria-sort'));
      if (got !== wanted) complain('sort', `aria-sort is ${got} and not ${wanted}: ${await button.textContent()}`);
      const wrong = await button.evaluate((b, way) => {
        const at = b.closest('th').cellIndex;
        const unit = { ns: 1e-9, 'µs': 1e-6, ms: 1e-3, s: 1, min: 60, h: 3600, d: 86400 };
        const value = (r) => {
          const text = (r.cells[at].dataset.value ?? r.cells[at].textContent).trim();
          const found = /^([+-]?[\d,]*\.?\d+)\s*(ns|µs|ms|s|min|h|d)?\b/.exec(text);
          return found ? Number(found[1].replaceAll(',', '')) * (unit[found[2]] ?? 1) : null;
        };
        const rows = [...b.closest('table').tBodies[0].rows].filter((r) => !r.hidden);
        const values = rows.map(value);
        if (values.some((v) => v === null)) return null;
        const ordered = values.every((v, i) => i === 0 || (way === 'ascending' ? values[i - 1] <= v : values[i - 1] >= v));
        return ordered ? null : values.join(' ');
      }, wanted);
      if (wrong) complain('sort', `not ${wanted} by ${await button.textContent()}: ${wrong}`);
    }
    await pressed(page, button);
    const after = await button.evaluate((b) => [...b.closest('table').tBodies[0].rows].map((r) => r.textContent));
    if (String(after) !== String(before)) complain('sort', `the third press does not bring back the first order: ${await button.textContent()}`);
  }
  return buttons.length;
};

/// Types into every filter, and looks whether what is left is what the page says is left.
const filtering = async (page, complain) => {
  const inputs = await page.$$('.tools input[type=search]');
  for (const input of inputs) {
    const name = await input.evaluate((i) => i.closest('.tools').getAttribute('aria-label'));
    const state = () => input.evaluate((i) => {
      const tools = i.closest('.tools');
      const list = document.getElementById(tools.dataset.for);
      const items = list.matches('table') ? [...list.tBodies].flatMap((b) => [...b.rows]) : [...list.querySelectorAll('[data-item]')];
      const left = items.filter((e) => !e.closest('[hidden]'));
      const [kept, all] = tools.querySelector('output').textContent.split(' of ').map((n) => Number(n.replaceAll(',', '')));
      const paged = Boolean(tools.querySelector('.pager:not([hidden])'));
      const text = (e) => (e.cells ? [...e.cells].map((c) => c.textContent).join(' ') : e.textContent);
      return { left: left.map(text), kept, all, paged, word: left.length > 0 ? text(left.at(-1)) : '' };
    });
    const first = await state();
    // The rarest word of the last item.
    const words = [...new Set(first.word.split(/[^\p{L}\p{N}_.-]+/u).filter((w) => w.length > 2))];
    const count = (w) => first.left.filter((t) => t.toLowerCase().includes(w.toLowerCase())).length;
    const word = words.sort((a, b) => count(a) - count(b))[0] ?? 'x';
    await input.fill(word);
    const second = await state();
    if (second.kept === 0 || (second.kept >= first.kept && count(word) < first.left.length)) complain('filter', `${name}: ${first.kept} are ${second.kept} with "${word}"`);
    if (second.left.some((t) => !t.toLowerCase().includes(word.toLowerCase()))) complain('filter', `${name}: something without "${word}" is left`);
    if (second.paged ? second.left.length > second.kept : second.left.length !== second.kept) complain('filter', `${name}: ${second.left.length} are left and the page says ${second.kept}`);
    await input.fill('nothing has this in it');
    const none = await state();
    if (none.left.length !== 0 || none.kept !== 0) complain('filter', `${name}: ${none.left.length} left of nothing, said ${none.kept}`);
    await input.fill('');
    const again = await state();
    if (again.left.length !== first.left.length || again.kept !== again.all) complain('filter', `${name}: emptied, ${again.kept} of ${again.all} are back`);
  }
  return inputs.length;
};

/// Zooms by button, by pointer and by key, and back.
const zooming = async (page, complain) => {
  const charts = await page.$$('svg.plotted[data-end]');
  if (charts.length === 0) return 0;
  const drawn = () => page.$$eval('svg.plotted[data-end]', (all) => all.map((s) => [...s.querySelectorAll('path')].map((e) => e.getBoundingClientRect()).map((r) => `${r.x.toFixed(1)} ${r.width.toFixed(1)}`).join()));
  const changed = async (how, from, whether) => {
    const now = await drawn();
    now.forEach((d, i) => { if ((d !== from[i]) !== whether) complain('zoom', `${how}: chart ${i} ${whether ? 'is as it was' : 'is not as it was'}`); });
    return now;
  };
  const button = (name) => page.locator(`.tools[data-for=time] button`, { hasText: name });
  const whole = await drawn();
  if (await button('Zoom in').count() !== 1) { complain('zoom', 'no button'); return 0; }
  await button('Zoom in').press('Enter');
  const closer = await changed('zoom in', whole, true);
  await button('Later').press('Enter');
  await changed('later', closer, true);
  const said = await page.locator('.tools[data-for=time] output').textContent();
  if (!/ to /.test(said)) complain('zoom', `the page says "${said}"`);
  await button('Whole run').press('Enter');
  await changed('back', whole, false);
  const box = await charts[0].boundingBox();
  await charts[0].scrollIntoViewIfNeeded();
  const at = await charts[0].boundingBox() ?? box;
  await page.mouse.move(at.x + at.width * 0.4, at.y + at.height * 0.5);
  await page.mouse.down();
  await page.mouse.move(at.x + at.width * 0.6, at.y + at.height * 0.5, { steps: 4 });
  await page.mouse.up();
  await changed('drag', whole, true);
  await page.keyboard.press('Escape');
  await changed('escape', whole, false);
  return charts.length;
};

/// Copies every command, and compares what is copied with what is shown.
const copying = async (page, complain) => {
  const buttons = await page.$$('button.copy');
  for (const button of buttons) {
    if (!(await button.isVisible())) { complain('copy', 'a button cannot be reached'); continue; }
    await pressed(page, button);
    await page.waitForFunction((b) => b.textContent !== b.dataset.name, button).catch(() => complain('copy', 'nothing says that it was copied'));
    const got = await page.evaluate(() => navigator.clipboard.readText());
    const wanted = await button.evaluate((b) => b.parentElement.querySelector('.curl, .command')?.textContent);
    if (got !== wanted) complain('copy', `copied "${got}" and not "${wanted}"`);
    if (await button.evaluate((b) => b.dataset.name.includes('curl')) && !/^curl /.test(got)) complain('copy', `"${got}" is no command`);
  }
  return buttons.length;
};

const shots = async (page, name) => {
  const of = (what) => path.join(job.shots, `${name}-${what}.png`);
  await page.setViewportSize(WIDE);
  for (const scheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.screenshot({ path: of(scheme), fullPage: true });
  }
  await page.setViewportSize(NARROW);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.screenshot({ path: of('narrow'), fullPage: true });
};

const look = async (browser, { name, path: file, checks }) => {
  const complaints = [];
  const made = (check) => !checks || checks.includes(check);
  const complain = (check, said) => { if (made(check)) complaints.push({ check, said: String(said) }); };
  const url = pathToFileURL(file).href;
  const context = await browser.newContext({ viewport: WIDE });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await context.newPage();
  page.on('console', (m) => complain('console', `${m.type()}: ${m.text()}`));
  page.on('pageerror', (e) => complain('console', e));
  page.on('request', (r) => { if (r.url().split('#')[0] !== url) complain('request', r.url()); });
  await page.goto(url);
  if (job.shots && !checks) await shots(page, name);

  if (made('axe')) {
    await page.setViewportSize(WIDE);
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: scheme });
      await axe(page, scheme, complain);
    }
    await page.emulateMedia({ colorScheme: 'light' });
  }
  await page.setViewportSize(NARROW);
  if (made('axe')) await axe(page, 'narrow', complain);
  const across = await page.evaluate(sideways);
  if (across) complain('narrow', across);
  await page.setViewportSize(WIDE);

  const tried = {};
  await page.reload();
  await page.evaluate(OPEN);
  const withScript = await page.evaluate(shownText);
  if (made('filter')) tried.filter = await filtering(page, complain);
  if (made('sort')) tried.sort = await sorting(page, complain);
  if (made('copy')) tried.copy = await copying(page, complain);
  if (made('zoom')) tried.zoom = await zooming(page, complain);

  if (made('print')) {
    await page.reload();
    await page.emulateMedia({ media: 'print' });
    await page.setViewportSize(PAPER);
    for (const wrong of (await page.evaluate(onPaper, PAPER.width)).slice(0, 8)) complain('print', wrong);
    const pdf = await page.pdf({ format: 'A4', printBackground: false });
    if (pdf.subarray(0, 5).toString() !== '%PDF-') complain('print', 'no PDF');
    if (job.shots && !checks) writeFileSync(path.join(job.shots, `${name}.pdf`), pdf);
  }
  await context.close();
  if (made('script')) await bare(browser, url, withScript, complain);
  return { name, complaints, tried };
};

/// The page in a browser that runs no script.
const bare = async (browser, url, withScript, complain) => {
  const context = await browser.newContext({ viewport: WIDE, javaScriptEnabled: false });
  const page = await context.newPage();
  page.on('console', (m) => complain('script', `without it: ${m.text()}`));
  await page.goto(url);
  await page.evaluate(OPEN);
  const there = new Set(await page.evaluate(shownText));
  const missing = withScript.filter((t) => !there.has(t));
  if (missing.length > 0) complain('script', `only with it: ${missing.slice(0, 5).join(' | ')}`);
  const useless = await page.evaluate(() => [...document.querySelectorAll('button, .tools')].filter((e) => e.checkVisibility()).length);
  if (useless > 0) complain('script', `${useless} tools are shown that do nothing`);
  const hidden = await page.evaluate(() => [...document.querySelectorAll('main [hidden]')].length);
  if (hidden > 0) complain('script', `${hidden} elements are hidden for good`);
  await context.close();
};

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] });
try {
  const answers = [];
  for (const page of job.pages) answers.push(await look(browser, page));
  process.stdout.write(`${JSON.stringify(answers, null, 1)}\n`);
} finally {
  await browser.close();
}
