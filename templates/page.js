
(() => {
  'use strict';
  const units = { m: 1e-3, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40, PiB: 2 ** 50, 'µs': 1e-6, ms: 1e-3 };
  const number = text => {
    const found = /^[≥+$]*\s*([-−]?)([\d,]*\.?\d+)\s*([^\s\d(,]*)/.exec(text);
    if (!found) return null;
    return (found[1] ? -1 : 1) * Number(found[2].replaceAll(',', '')) * (units[found[3]] ?? 1);
  };
  // The further rows of a long table are text, until somebody asks for them.
  const unfold = table => {
    const kept = table.parentElement.nextElementSibling;
    if (!kept || !kept.matches('noscript.further')) return;
    const read = document.createElement('template'), rows = document.createRange();
    read.innerHTML = kept.textContent;
    rows.selectNodeContents(read.content.querySelector('tbody'));
    [...table.tBodies[0].rows].findLast(row => !row.classList.contains('sum')).after(rows.extractContents());
    kept.nextElementSibling.remove();
    kept.remove();
  };
  const sort = (table, at, rising) => {
    unfold(table);
    const text = row => row.cells[at] ? row.cells[at].textContent.trim() : '';
    for (const body of table.tBodies) {
      const items = [], sums = [];
      for (const row of [...body.rows]) {
        if (row.classList.contains('group')) continue;
        if (row.classList.contains('sum')) sums.push(row);
        else if (row.classList.contains('part') && items.length) items.at(-1).rows.push(row);
        else items.push({ text: text(row), number: at ? number(text(row)) : null, rows: [row] });
      }
      items.sort((a, b) => {
        if ((a.number === null) !== (b.number === null)) return a.number === null ? 1 : -1;
        const order = a.number === null ? a.text.localeCompare(b.text, 'en', { numeric: true }) : a.number - b.number;
        return rising ? order : -order;
      });
      body.append(...items.flatMap(item => item.rows), ...sums);
    }
  };
  const filter = table => {
    const box = document.createElement('div'), label = document.createElement('label');
    const input = document.createElement('input'), status = document.createElement('span');
    // Of a long table that is work, and many are never filtered.
    let rows, texts, items;
    const read = () => {
      unfold(table);
      rows = [...table.tBodies].flatMap(body => [...body.rows]).filter(row => !row.classList.contains('group'));
      texts = rows.map(row => row.textContent.toLowerCase());
      items = rows.filter(row => !row.classList.contains('sum')).length;
    };
    box.className = 'filter';
    status.className = 'status';
    status.setAttribute('role', 'status');
    input.type = 'search';
    label.append('Filter: ', input);
    box.append(label, status);
    input.addEventListener('input', () => {
      if (!rows) read();
      const wanted = input.value.trim().toLowerCase();
      let found = 0;
      rows.forEach((row, at) => {
        const isSum = row.classList.contains('sum');
        row.hidden = wanted !== '' && (isSum || !texts[at].includes(wanted));
        if (!isSum && !row.hidden) found += 1;
      });
      status.textContent = wanted === '' ? '' : `${found.toLocaleString('en')} of ${items.toLocaleString('en')} rows`;
    });
    table.parentElement.before(box);
  };
  for (const kept of document.querySelectorAll('noscript.further')) {
    const frame = kept.previousElementSibling, button = document.createElement('button');
    button.type = 'button';
    button.className = 'further';
    button.textContent = `Show all ${kept.dataset.rows}`;
    button.addEventListener('click', () => {
      unfold(frame.querySelector('table'));
      frame.focus();
    });
    kept.after(button);
  }
  for (const table of document.querySelectorAll('table.sortable')) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, at) => {
      if (head.tagName !== 'TH') return;
      const button = document.createElement('button');
      button.type = 'button';
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener('click', () => {
        const before = head.getAttribute('aria-sort');
        const rising = before ? before === 'descending' : head.classList.contains('t');
        heads.forEach(other => other.removeAttribute('aria-sort'));
        head.setAttribute('aria-sort', rising ? 'ascending' : 'descending');
        sort(table, at, rising);
      });
    });
    if (table.rows.length > 12) filter(table);
  }
})();
