// Reads reports with packages of other hands, and says what is in them as JSON; ends with 1 and what is wrong where one refuses.
//
// Usage: formats.mjs MODULES ctrf FILE | har FILE | tap FILE | allure FOLDER

import { createRequire } from 'node:module';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, kind, file] = process.argv.slice(2);
const at = path.resolve(modules, 'x.js');
const require = createRequire(at);
const load = async (name) => {
  try {
    return require(name);
  } catch {
    return import(pathToFileURL(require.resolve(name)));
  }
};
const text = () => readFileSync(file, 'utf8');

const refuse = (why) => {
  process.stderr.write(`${typeof why === 'string' ? why : JSON.stringify(why, null, 1)}\n`);
  process.exit(1);
};

const readers = {
  async ctrf() {
    const ctrf = await load('ctrf');
    const value = JSON.parse(text());
    const result = ctrf.validate(value);
    if (result?.valid === false) refuse(result.errors);
    const { summary, tests } = value.results;
    return { tests: tests.length, failed: summary.failed };
  },
  async har() {
    const validator = await load('har-validator');
    const value = JSON.parse(text());
    await validator.har(value).catch((error) => refuse(error.errors ?? String(error)));
    return { entries: value.log.entries.length };
  },
  async tap() {
    const { Parser } = await load('tap-parser');
    const found = { tests: 0, bad: 0, skipped: 0, diagnostics: 0, extra: 0, bailout: false };
    const results = await new Promise((done) => {
      const parser = new Parser({ strict: true }, done);
      parser.on('assert', (a) => {
        found.tests += 1;
        found.bad += a.ok ? 0 : 1;
        found.skipped += a.skip ? 1 : 0;
        found.diagnostics += a.diag ? 1 : 0;
      });
      parser.on('extra', () => { found.extra += 1; });
      parser.on('bailout', () => { found.bailout = true; });
      parser.on('child', () => refuse('a subtest'));
      parser.end(text());
    });
    const malformed = (results.failures ?? []).filter((f) => f.tapError);
    if (malformed.length) refuse(malformed.map((f) => f.tapError));
    return { ...found, plan: results.plan?.end };
  },
  // The report that Allure makes of the folder, and what it counts in it.
  async allure() {
    const folder = mkdtempSync(path.join(tmpdir(), 'allure-'));
    try {
      const command = path.join(path.resolve(modules), '.bin', 'allure');
      execFileSync(command, ['generate', path.resolve(file), '-o', folder], { cwd: tmpdir(), stdio: ['ignore', 'ignore', 'pipe'] });
      const { stats } = JSON.parse(readFileSync(path.join(folder, 'summary.json'), 'utf8'));
      const { total: tests, failed = 0, broken = 0, skipped = 0, unknown = 0 } = stats;
      return { tests, bad: failed + broken, skipped, unknown };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

process.stdout.write(`${JSON.stringify(await readers[kind]())}\n`);
