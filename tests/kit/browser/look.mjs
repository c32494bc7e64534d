// look.mjs PARTS CHROMIUM FILE [FOLDER] : opens a page in a real browser at two widths and in two colour schemes, sorts and
// filters its first sortable table, and prints what was seen as JSON. PARTS is the folder of the kit's part `browser`; FOLDER
// gets a picture of each. Everything happens under the page's own content security policy.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';

const [parts, executablePath, file, folder] = process.argv.slice(2);
const require = createRequire(`${parts}/node_modules/`);
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];
const address = pathToFileURL(file).href;
const browser = await chromium.launch({ executablePath, args });

const open = async (options, look) => {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const said = [], asked = [];
  page.on('console', message => said.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', error => said.push(String(error)));
  page.on('dialog', dialog => { said.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on('request', request => { if (request.url() !== address) asked.push(request.url()); });
  const from = Date.now();
  await page.goto(address);
  const milliseconds = Date.now() - from;
  const seen = await look(page);
  await context.close();
  return { ...seen, milliseconds, said, asked };
};

const looks = [];
for (const width of [360, 1400]) {
  for (const colorScheme of ['light', 'dark']) {
    looks.push(await open({ viewport: { width, height: 900 }, colorScheme }, async page => {
      // What is folded is judged too.
      await page.evaluate(() => document.querySelectorAll('details').forEach(details => { details.open = true; }));
      if (folder) await page.screenshot({ path: `${folder}/${basename(file, '.html')}-${width}-${colorScheme}.png`, fullPage: true });
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run(document));
      // A page that has another height once its end was seen has an empty end, or jumps while it is read.
      const height = () => page.evaluate(() => document.documentElement.scrollHeight);
      const before = await height();
      for (let at = 0; at < before; at += 900) await page.mouse.wheel(0, 900);
      await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
      const heights = [before, await height()];
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      const texts = await page.evaluate(() => {
        // Texts of one picture that lie over each other, or beyond it.
        const bad = [];
        for (const svg of document.querySelectorAll('svg')) {
          const frame = svg.getBoundingClientRect();
          const boxes = [...svg.querySelectorAll('text')].map(text => [text.textContent, text.getBoundingClientRect()]);
          boxes.forEach(([text, box], at) => {
            if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1) bad.push(`beyond: ${text}`);
            for (const [other, beside] of boxes.slice(at + 1)) {
              const across = Math.min(box.right, beside.right) - Math.max(box.left, beside.left);
              const down = Math.min(box.bottom, beside.bottom) - Math.max(box.top, beside.top);
              if (across > 1 && down > 3) bad.push(`over each other: ${text} | ${other}`);
            }
          });
        }
        return bad;
      });
      return { width, colorScheme, overflow, heights, texts, violations: violations.map(v => `${v.id}: ${v.nodes[0].html.slice(0, 200)}`) };
    }));
  }
}

const use = await open({ viewport: { width: 1400, height: 900 } }, async page => {
  await page.keyboard.press('Tab');
  const first = await page.evaluate(() => document.activeElement.className);
  const table = page.locator('table.sortable:has(tbody tr:nth-child(4))').first();
  if (await table.count() === 0) return { first };
  const column = () => table.evaluate(table => [...table.tBodies].flatMap(body => [...body.rows])
    .filter(row => !row.classList.contains('sum') && !row.classList.contains('group')).map(row => row.cells[row.cells.length - 1].textContent.trim()));
  const last = table.locator('thead th').last();
  const before = await column();
  await last.getByRole('button').click();
  const falling = await column(), sort = await last.getAttribute('aria-sort');
  await last.getByRole('button').press('Enter');
  const rising = await column();
  return { first, before, falling, rising, sort };
});

const filter = await open({ viewport: { width: 1400, height: 900 } }, async page => {
  const box = page.getByRole('searchbox').first();
  if (await box.count() === 0) return {};
  const table = page.locator('.filter + .scroll table').first();
  const shown = () => table.evaluate(table => [...table.tBodies].flatMap(body => [...body.rows]).filter(row => row.offsetParent !== null || row.getClientRects().length > 0).length);
  const all = await shown();
  const word = await table.evaluate(table => table.tBodies[0].rows[1].cells[0].textContent.trim());
  await box.fill(word);
  const left = await shown(), status = await page.getByRole('status').first().textContent();
  await box.fill('');
  return { all, word, left, status, again: await shown() };
});

const further = await open({ viewport: { width: 1400, height: 900 } }, async page => {
  const elements = await page.locator('*').count();
  const button = page.locator('button.further').first();
  if (await button.count() === 0) return { elements };
  const table = await page.locator('.scroll:has(+ noscript.further) table').first().elementHandle();
  const rows = () => table.evaluate(table => table.tBodies[0].rows.length);
  const before = await rows();
  await button.click();
  return { elements, before, after: await rows(), last: await table.evaluate(table => table.tBodies[0].lastElementChild.className) };
});

const without = await open({ viewport: { width: 1400, height: 900 }, javaScriptEnabled: false }, async page => ({
  buttons: await page.getByRole('button').count(),
  rows: await page.locator('tbody tr').count(),
}));
const print = await open({ viewport: { width: 1000, height: 900 } }, async page => {
  const bytes = await page.pdf({ format: 'A4' });
  return { pages: bytes.toString('latin1').split('/Type /Page\n').length - 1 || (bytes.toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g) ?? []).length };
});
await browser.close();
console.log(JSON.stringify({ looks, use, filter, further, without, print }));
