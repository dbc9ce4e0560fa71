"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const TICKS = data.ticks, LAST = data.days * TICKS - 1;
  const {well: WELL, unwell: UNWELL, setbacks: SETBACKS} = data.words;
  const STATES = [WELL, UNWELL, "dead"];
  const BLUE = "#0072b2", ORANGE = "#d55e00", GREY = "#444";
  const element = (id) => document.getElementById(id);
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const dates = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  const inWords = (time) => dates.format(new Date(time)).replace(",", "");
  const money = new Intl.NumberFormat("en", { style: "currency", currency: data.currency, notation: "compact", minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const dayZero = Date.parse(data.start + "T00:00:00Z");

  // Levels of all scenarios, so that one row of every panel is one level.
  const rows = [];
  for (const scenario of data.scenarios) {
    for (const level of scenario.levels) {
      if (!rows.some((row) => row.key === level.key)) rows.push({ key: level.key, title: level.title });
    }
  }
  // Kinds of places that are no level's own seats, of all scenarios likewise.
  const kinds = [];
  for (const scenario of data.scenarios) {
    for (const kind of scenario.places) {
      if (!kinds.some((known) => known.key === kind.key)) kinds.push({ key: kind.key, title: kind.title, most: 0 });
    }
  }
  const MOST_SQUARES = 400;
  // Where people can be: on the list of a row, in care in a row, and three places outside.
  const LIST = 0, CARE = 1, HOME = 2 * rows.length, ILL = HOME + 1, DEAD = HOME + 2, STATIONS = HOME + 3;

  const panels = data.scenarios.map(read);
  const needs = new Array(STATIONS).fill(0);
  for (const panel of panels) panel.most.forEach((most, station) => { needs[station] = Math.max(needs[station], most); });
  for (const panel of panels) panel.places.forEach((kind, k) => {
    if (!kind) return;
    const open = Math.max(...kind.capacity.map(([, number]) => number));
    if (open <= MOST_SQUARES) kinds[k].most = Math.max(kinds[k].most, open);
  });
  rows.forEach((row, r) => { row.blocks = panels.some((panel) => panel.blocked.some((is, i) => is && panel.row[i] === r)); });
  // Of the signs only those that there are.
  const ever = (what) => panels.some((panel) => panel[what].some((is) => is));
  document.getElementById("medicated").hidden = !ever("medicated");
  document.getElementById("ready").hidden = !ever("blocked");
  document.getElementById("held").hidden = !kinds.length;
  // What all names begin with tells none of them apart where there is little room.
  const spelt = panels.map((panel) => panel.scenario.name.split(" "));
  let alike = 0;
  while (spelt.length > 1 && spelt.every((name) => name.length > alike + 1 && name[alike] === spelt[0][alike])) alike++;
  spelt.forEach((name, p) => { panels[p].briefly = name.slice(alike).join(" "); });
  const ids = [...new Set(panels.flatMap((panel) => panel.ids))].sort((a, b) => a - b);
  const SHOWN = `${ids.length} people shown`;
  // What happens to several scenarios at once is told once.
  const moments = [];
  for (const { tick, scenario, text } of data.moments) {
    const same = moments.find((each) => each.tick === tick && each.text === text);
    if (same) same.whose.push(scenario);
    else moments.push({ tick, text, whose: scenario === null ? [] : [scenario] });
  }
  for (const moment of moments) {
    const named = moment.whose.length && moment.whose.length < data.scenarios.length;
    moment.words = moment.text + (named ? ` (${moment.whose.map((p) => data.scenarios[p].name).join(", ")})` : "");
  }
  const inFull = ({ tick, words }) => `Day ${Math.floor(tick / TICKS) + 1}: ${words}`;
  const RECENT = 10 * TICKS;
  let now = 0, playing = false, before = 0, settled = false, followed = null, said = 0, counted = 0, saying = 0;

  function read(scenario) {
    const width = scenario.levels.length + 1;
    const rowOf = scenario.levels.map((level) => rows.findIndex((row) => row.key === level.key));
    const levels = new Array(rows.length).fill(null);
    scenario.levels.forEach((level, i) => { levels[rowOf[i]] = level; });
    const at = [], row = [], list = [], state = [], blocked = [], medicated = [], station = [], owner = [], first = [], ids = [];
    for (const track of scenario.people) {
      let tick = 0;
      first.push(at.length);
      ids.push(track[0]);
      for (let i = 1; i < track.length; i += 2) {
        tick += track[i];
        let rest = track[i + 1];
        const isBlocked = rest % 2; rest = (rest - isBlocked) / 2;
        const isState = rest % STATES.length; rest = (rest - isState) / STATES.length;
        const waits = rest % width; rest = (rest - waits) / width;
        const level = rest % width, isMedicated = (rest - level) / width;
        const r = level ? rowOf[level - 1] : -1, l = waits ? rowOf[waits - 1] : -1;
        at.push(tick); row.push(r); list.push(l); state.push(isState); blocked.push(isBlocked); medicated.push(isMedicated); owner.push(ids.length - 1);
        station.push(isState === 2 ? DEAD : r >= 0 ? 2 * r + CARE : l >= 0 ? 2 * l + LIST : isState ? ILL : HOME);
      }
    }
    first.push(at.length);
    const places = kinds.map((kind) => scenario.places.find((each) => each.key === kind.key) || null);
    const panel = { scenario, levels, places, at, row, list, state, blocked, medicated, station, first, ids, slot: [] };
    panel.most = seat(panel, owner);
    panel.queue = queued(panel);
    const people = ids.length;
    panel.point = new Int32Array(people).fill(-1);
    panel.x = new Float32Array(people).fill(NaN);
    panel.y = new Float32Array(people).fill(NaN);
    return panel;
  }

  // Everyone gets the first free seat of where they are and keeps it while they stay, so that only moves are seen.
  function seat(panel, owner) {
    const { at, station, slot, first } = panel;
    const order = at.map((_, i) => i).sort((a, b) => at[a] - at[b] || a - b);
    const taken = Array.from({ length: STATIONS }, () => []);
    const lowest = new Array(STATIONS).fill(0), most = new Array(STATIONS).fill(0);
    const goesOn = (i) => i > first[owner[i]] && station[i - 1] === station[i];
    for (let from = 0; from < order.length;) {
      let to = from;
      while (to < order.length && at[order[to]] === at[order[from]]) to++;
      // Whoever leaves at an instant makes room for whoever comes then.
      for (let k = from; k < to; k++) {
        const i = order[k];
        if (i > first[owner[i]] && !goesOn(i)) {
          taken[station[i - 1]][slot[i - 1]] = false;
          lowest[station[i - 1]] = Math.min(lowest[station[i - 1]], slot[i - 1]);
        }
      }
      for (let k = from; k < to; k++) {
        const i = order[k], where = station[i];
        if (goesOn(i)) { slot[i] = slot[i - 1]; continue; }
        let free = lowest[where];
        while (taken[where][free]) free++;
        taken[where][free] = true;
        lowest[where] = free + 1;
        slot[i] = free;
        most[where] = Math.max(most[where], free + 1);
      }
      from = to;
    }
    panel.levels.forEach((level, r) => {
      if (level) for (const [, places] of level.capacity) if (!level.shared.length && places <= 400) most[2 * r + CARE] = Math.max(most[2 * r + CARE], places);
    });
    return most;
  }

  // How many wait at the beginning of each day, for whatever level and wherever they are meanwhile.
  function queued({ at, list, first }) {
    const change = new Array(data.days + 1).fill(0);
    for (let person = 0; person + 1 < first.length; person++) {
      let before = 0;
      for (let i = first[person]; i < first[person + 1]; i++) {
        const waits = list[i] >= 0 ? 1 : 0;
        if (waits !== before) change[Math.min(Math.ceil(at[i] / TICKS), data.days)] += waits - before;
        before = waits;
      }
    }
    let sum = 0;
    return change.slice(0, data.days).map((each) => sum += each);
  }

  function advance(panel) {
    const { at, first, point, row, list, station, blocked } = panel;
    const count = panel.count = new Array(STATIONS).fill(0);
    panel.stuck = new Array(rows.length).fill(0);
    panel.held = rows.map(() => new Set());
    panel.elsewhere = new Array(rows.length).fill(0);
    panel.waiting = 0;
    for (let person = 0; person < point.length; person++) {
      const begin = first[person], end = first[person + 1];
      let i = point[person];
      if (i >= 0 && at[i] > now) i = -1;
      if (i < 0) i = at[begin] <= now ? begin : -1;
      if (i >= 0) {
        while (i + 1 < end && at[i + 1] <= now) i++;
        count[station[i]]++;
        if (row[i] >= 0 && station[i] !== DEAD) panel.held[row[i]].add(panel.slot[i]);
        if (list[i] >= 0) panel.waiting++;
        if (row[i] >= 0 && blocked[i]) panel.stuck[row[i]]++;
        if (row[i] >= 0 && list[i] >= 0) panel.elsewhere[list[i]]++;
      }
      point[person] = i;
    }
  }

  // The number from the last tick on: how many there are, of pairs of a tick and a number.
  function current(steps) {
    let last = null;
    for (const [tick, number] of steps) { if (tick > now) break; last = number; }
    return last;
  }

  function places(level) {
    return current(level.capacity);
  }

  // How many of a kind of place are in use, by all levels that use it.
  function inUse(panel, kind) {
    if (kind.used) return current(kind.used);
    return kind.levels.reduce((sum, key) => sum + panel.count[2 * rows.findIndex((row) => row.key === key) + CARE], 0);
  }

  function shared(panel, level) {
    return level.shared.map((kind) => ({ title: kind.title, use: `${inUse(panel, kind)} of ${places(kind)}` }));
  }

  // How many are in care in a level, and of how many places: in full, and ever shorter.
  function held(panel, level, r) {
    const inCare = panel.count[2 * r + CARE], open = places(level), kinds = shared(panel, level);
    if (open === null) return [String(inCare)];
    const own = level.place && level.place[0].toLowerCase() + level.place.slice(1);
    if (!kinds.length) return [...(own ? [`${inCare} of ${open} ${own}`] : []), `${inCare} of ${open} places`, `${inCare} of ${open}`];
    const uses = kinds.map((kind) => kind.use).join(", ");
    return [`${inCare}; ${kinds.map((kind) => `${kind.title} ${kind.use}`).join(", ")}, shared`, `${inCare}; shared places ${uses}`, `${inCare}; shared ${uses}`];
  }

  // --- the picture ---

  let size = 16, layout = null;

  // All scenarios on one screen, unless they lie one below the other.
  function height(stacked) {
    if (stacked || innerWidth < 34 * size) return Math.max(430, innerHeight * 0.9);
    const box = (node) => node.getBoundingClientRect(), sections = panels.map((panel) => box(panel.canvas.parentElement));
    const lines = new Set(sections.map((each) => Math.round(each.top))).size;
    const beside = panels.reduce((most, panel) => Math.max(most, box(panel.canvas).top - box(panel.canvas.parentElement).top), 0);
    const left = innerHeight - (sections[0].top + scrollY);
    return Math.max(190, left / lines - beside - size * 0.9);
  }

  function arrange() {
    size = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const width = panels[0].canvas.clientWidth;
    const stacked = panels.length > 1 && panels[1].canvas.getBoundingClientRect().left === panels[0].canvas.getBoundingClientRect().left;
    const most = height(stacked), whole = size;
    // Words get a little smaller before people do, and people smaller before words get tiny.
    const tries = [20, 18, 16, 14, 13, 12, 11, 10, 9].flatMap((pitch) => [1, 0.9, 0.8].map((share) => [pitch, share]));
    for (const [pitch, share] of [...tries, [8, 0.8], [7, 0.8], [7, 0.72], [6, 0.72], [5, 0.72]]) {
      size = whole * share;
      // Care is what is looked at; the many outside stand closer.
      layout = boxes(width, pitch, Math.max(3, Math.round(pitch * 0.55)));
      if (layout.height <= most) break;
    }
    const density = devicePixelRatio || 1;
    for (const panel of panels) {
      panel.canvas.width = Math.round(width * density);
      panel.canvas.height = Math.round(layout.height * density);
      panel.canvas.style.height = layout.height + "px";
      panel.x.fill(NaN);
    }
    timeline();
    settled = false;
  }

  // The lists of all scenarios over the whole film, with what there is to look at, and where we are.
  const DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3]], INKS = ["#111", BLUE, ORANGE, "#009e73"];
  function timeline() {
    const canvas = element("timeline"), pen = canvas.getContext("2d"), density = devicePixelRatio || 1;
    const width = canvas.clientWidth, tall = canvas.clientHeight, text = parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.8;
    canvas.width = Math.round(width * density);
    canvas.height = Math.round(tall * density);
    pen.setTransform(density, 0, 0, density, 0, 0);
    pen.font = `400 ${text}px ${getComputedStyle(document.body).fontFamily}`;
    const left = text * 2.2, top = text * 1.5, bottom = tall - 3, right = width - 4;
    const most = Math.max(1, ...panels.map((panel) => Math.max(...panel.queue)));
    const x = (at) => left + (right - left) * at / data.days, y = (people) => bottom - (bottom - top) * people / most;
    pen.fillStyle = "#f1f1ee";
    pen.fillRect(left, top, right - left, bottom - top);
    pen.fillStyle = "#444";
    pen.textAlign = "right";
    pen.fillText(String(most), left - 4, top + text * 0.8);
    pen.fillText("0", left - 4, bottom);
    pen.textAlign = "left";
    let from = left;
    const heading = fit(pen, ["Waiting, whole film:", "Waiting:"], (right - left) / 4);
    pen.fillText(heading, from, text);
    from += pen.measureText(heading).width + 10;
    panels.forEach((panel, p) => {
      pen.strokeStyle = INKS[p % INKS.length];
      pen.setLineDash(DASHES[p % DASHES.length]);
      pen.lineWidth = 1.8;
      pen.beginPath();
      panel.queue.forEach((people, at) => { pen.lineTo(x(at), y(people)); pen.lineTo(x(at + 1), y(people)); });
      pen.moveTo(from, text * 0.65);
      pen.lineTo(from + 26, text * 0.65);
      pen.stroke();
      const name = fit(pen, [panel.scenario.name, panel.briefly], Math.max(40, (right - from) / (panels.length - p) - 50));
      pen.fillText(name, from + 31, text);
      from += 31 + pen.measureText(name).width + 16;
    });
    pen.setLineDash([]);
    pen.fillStyle = "#111";
    for (const { tick } of moments) {
      const at = x(tick / TICKS);
      pen.beginPath();
      pen.moveTo(at, top + 7); pen.lineTo(at - 5, top); pen.lineTo(at + 5, top); pen.closePath();
      pen.fill();
    }
    pen.fillRect(x(now / TICKS) - 1, top, 2, bottom - top);
  }

  function boxes(width, careful, close) {
    const gap = 10, found = new Array(STATIONS), titles = [];
    let top = 0;
    const line = (pitch, shares) => {
      let left = 0, deepest = 0;
      const free = width - gap * (shares.length - 1);
      for (const [station, share] of shares) {
        const w = free * share, columns = Math.max(1, Math.floor((w - 8) / pitch));
        const h = Math.max(1, Math.ceil(needs[station] / columns)) * pitch + 8;
        found[station] = { left, top, width: w, columns, pitch };
        left += w + gap;
        deepest = Math.max(deepest, h);
      }
      for (const [station] of shares) found[station].height = deepest;
      top += deepest + size * 0.7;
    };
    for (let r = 0; r < rows.length; r++) {
      titles.push(top + size);
      top += size * 2.55;
      line(careful, [[2 * r + LIST, 0.3], [2 * r + CARE, 0.7]]);
    }
    const strips = [];
    if (kinds.length) {
      titles.push(top + size);
      top += size * 1.25;
      for (const kind of kinds) {
        const columns = Math.max(1, Math.floor((width - 8) / careful));
        const height = Math.max(1, Math.ceil(kind.most / columns)) * careful + 8;
        top += size * 1.3;
        strips.push({ left: 0, top, width, height, columns, pitch: careful });
        top += height + size * 0.3;
      }
      top += size * 0.4;
    }
    titles.push(top + size);
    top += size * 2.55;
    line(close, [[HOME, 0.44], [ILL, 0.36], [DEAD, 0.2]]);
    return { width, height: Math.ceil(top), found, strips, titles };
  }

  function spot(station, slot) {
    return inBox(layout.found[station], slot);
  }

  function inBox(box, slot) {
    const pitch = box.pitch;
    return [box.left + 4 + pitch * (slot % box.columns + 0.5), box.top + 4 + pitch * (Math.floor(slot / box.columns) + 0.5)];
  }

  function fit(pen, texts, width) {
    for (const text of texts) if (pen.measureText(text).width <= width) return text;
    let text = texts[texts.length - 1];
    while (text.length > 1 && pen.measureText(text + "…").width > width) text = text.slice(0, -1);
    return text + "…";
  }

  function draw(panel, step) {
    const pen = panel.canvas.getContext("2d"), density = devicePixelRatio || 1;
    pen.setTransform(density, 0, 0, density, 0, 0);
    pen.clearRect(0, 0, layout.width, layout.height);
    const font = (weight, share) => { pen.font = `${weight} ${size * share}px ${getComputedStyle(document.body).fontFamily}`; };
    const label = (station, texts, width = layout.found[station].width) => {
      const box = layout.found[station];
      pen.fillText(fit(pen, texts, width), box.left, box.top - size * 0.4);
    };
    const frame = (station) => {
      const box = layout.found[station];
      pen.fillRect(box.left, box.top, box.width, box.height);
    };
    rows.forEach((row, r) => {
      const level = panel.levels[r];
      pen.fillStyle = level ? "#111" : "#777";
      font(600, 0.95);
      pen.fillText(fit(pen, [level ? level.title : row.title], layout.width), 0, layout.titles[r]);
      font(400, 0.85);
      if (!level) { label(2 * r + LIST, ["not in this scenario"], layout.width); return; }
      const inCare = panel.count[2 * r + CARE], open = places(level), stuck = panel.stuck[r];
      const waiting = panel.count[2 * r + LIST], more = panel.elsewhere[r];
      pen.fillStyle = "#111";
      label(2 * r + LIST, more ? [`waiting ${waiting} + ${more} in care`, `waiting ${waiting} + ${more}`] : [`waiting ${waiting}`]);
      const told = held(panel, level, r).map((text) => `in care ${text}`);
      const ready = stuck ? [...told.map((text) => `${text}, ${stuck} ready to leave`), ...told.map((text) => `${text}, ${stuck} ready`)] : [];
      label(2 * r + CARE, [...ready, ...told]);
      pen.fillStyle = "#f1f1ee";
      frame(2 * r + LIST);
      pen.fillStyle = "#e6eef3";
      frame(2 * r + CARE);
      if (open !== null && !level.shared.length && open <= 400) {
        pen.strokeStyle = "#9aa5ad";
        pen.lineWidth = 1;
        pen.beginPath();
        const half = layout.found[2 * r + CARE].pitch / 2 - 1;
        // After a cut people keep their seats until they leave; then no place is free although the first seats may be.
        let free = Math.max(open - inCare, 0);
        for (let slot = 0; slot < needs[2 * r + CARE]; slot++) {
          if (!panel.held[r].has(slot) && --free < 0) continue;
          const [x, y] = spot(2 * r + CARE, slot);
          pen.rect(x - half, y - half, 2 * half, 2 * half);
        }
        pen.stroke();
      }
    });
    pen.fillStyle = "#111";
    font(600, 0.95);
    if (kinds.length) pen.fillText(fit(pen, ["Places that levels share or need beside others", "Shared places"], layout.width), 0, layout.titles[rows.length]);
    kinds.forEach((kind, k) => strip(panel, pen, kind, panel.places[k], layout.strips[k], font));
    pen.fillStyle = "#111";
    font(600, 0.95);
    pen.fillText(fit(pen, [`Outside care, of the ${SHOWN}`, "Outside care"], layout.width), 0, layout.titles[layout.titles.length - 1]);
    font(400, 0.85);
    label(HOME, [`${WELL} ${panel.count[HOME]}`]);
    label(ILL, [`${UNWELL} ${panel.count[ILL]}`]);
    label(DEAD, [`died ${panel.count[DEAD]}`]);
    pen.fillStyle = "#f1f1ee";
    for (const station of [HOME, ILL, DEAD]) frame(station);
    return people(panel, pen, step);
  }

  // A kind of place as squares: filled are in use, empty are free.
  function strip(panel, pen, kind, own, box, font) {
    font(400, 0.85);
    pen.fillStyle = own ? "#111" : "#777";
    const used = own ? inUse(panel, own) : 0, open = own ? places(own) : 0, free = Math.max(open - used, 0);
    const texts = own ? [`${own.title}: ${used} of ${open} in use, ${free} free`, `${used} of ${open} in use, ${free} free`] : [`${kind.title}: not in this scenario`, "not in this scenario"];
    pen.fillText(fit(pen, texts, box.width), box.left, box.top - size * 0.4);
    if (!own) return;
    pen.fillStyle = "#e6eef3";
    pen.fillRect(box.left, box.top, box.width, box.height);
    const half = box.pitch / 2 - 1;
    pen.strokeStyle = "#9aa5ad";
    pen.fillStyle = "#5b6b77";
    pen.lineWidth = 1;
    for (let slot = 0; slot < Math.min(used + free, kind.most); slot++) {
      const [x, y] = inBox(box, slot);
      if (slot < used) pen.fillRect(x - half, y - half, 2 * half, 2 * half);
      else pen.strokeRect(x - half, y - half, 2 * half, 2 * half);
    }
  }

  // Move everyone towards where they belong and draw them; whether all have arrived.
  function people(panel, pen, step) {
    const { point, x, y, station, slot, state, blocked, medicated } = panel;
    const there = [new Path2D(), new Path2D(), new Path2D()], rings = new Path2D(), dots = new Path2D();
    let arrived = true, mine = null;
    for (let person = 0; person < point.length; person++) {
      const i = point[person];
      if (i < 0) { x[person] = NaN; continue; }
      const [toX, toY] = spot(station[i], slot[i]);
      if (Number.isNaN(x[person]) || step === null) { x[person] = toX; y[person] = toY; }
      x[person] += (toX - x[person]) * step;
      y[person] += (toY - y[person]) * step;
      if (Math.abs(toX - x[person]) + Math.abs(toY - y[person]) > 0.5) arrived = false;
      const px = x[person], py = y[person], path = there[state[i]], pitch = layout.found[station[i]].pitch;
      const radius = Math.max(1.5, pitch * 0.36);
      if (state[i] === 0) { path.moveTo(px + radius, py); path.arc(px, py, radius, 0, 7); }
      if (state[i] === 1) {
        const r = radius * 1.2;
        path.moveTo(px, py - r); path.lineTo(px + r, py); path.lineTo(px, py + r); path.lineTo(px - r, py); path.closePath();
      }
      if (state[i] === 2) {
        const r = radius * 0.8;
        path.moveTo(px - r, py - r); path.lineTo(px + r, py + r); path.moveTo(px + r, py - r); path.lineTo(px - r, py + r);
      }
      if (blocked[i]) { const r = pitch / 2 - 1; rings.rect(px - r, py - r, 2 * r, 2 * r); }
      if (medicated[i] && state[i] !== 2) { dots.moveTo(px + radius * 0.4, py); dots.arc(px, py, radius * 0.4, 0, 7); }
      if (panel.ids[person] === followed) mine = [px, py, Math.max(9, pitch * 0.8)];
    }
    pen.fillStyle = BLUE; pen.fill(there[0]);
    pen.fillStyle = ORANGE; pen.fill(there[1]);
    pen.strokeStyle = GREY; pen.lineWidth = 1.5; pen.stroke(there[2]);
    pen.strokeStyle = "#000"; pen.lineWidth = 1.6; pen.stroke(rings);
    pen.fillStyle = "#fff"; pen.fill(dots);
    if (mine) {
      for (const [colour, wide] of [["#fff", 6], ["#000", 3]]) {
        pen.strokeStyle = colour; pen.lineWidth = wide;
        pen.beginPath(); pen.arc(mine[0], mine[1], mine[2], 0, 7); pen.stroke();
      }
    }
    return arrived;
  }

  // --- words and numbers ---

  const day = () => Math.floor(now / TICKS);
  const date = () => inWords(dayZero + day() * 86400000);

  function whereIs(panel) {
    const person = panel.ids.indexOf(followed);
    const i = person < 0 ? -1 : panel.point[person];
    if (i < 0) return "has not asked for care yet";
    if (panel.state[i] === 2) return "has died";
    const title = (r) => panel.levels[r].title, parts = [];
    if (panel.row[i] >= 0) parts.push(`in ${title(panel.row[i])}` + (panel.blocked[i] ? ", ready to leave" : ""));
    if (panel.list[i] >= 0) parts.push(`waiting for ${title(panel.list[i])}`);
    if (!parts.length) parts.push("outside care");
    return [...parts, STATES[panel.state[i]], ...(panel.medicated[i] ? ["on medication"] : [])].join(", ");
  }

  function numbers(panel) {
    const values = [...TOTALS, ["money"]].map(([key]) => panel.scenario.totals[key][day()].toLocaleString("en"));
    panel.levels.forEach((level, r) => {
      const texts = level && held(panel, level, r);
      const inCare = level && (level.shared.length ? texts[0] : texts[texts.length - 1]);
      values.push(level ? String(panel.count[2 * r + LIST] + panel.elsewhere[r]) : "–", level ? inCare : "–");
      if (rows[r].blocks) values.push(level ? String(panel.stuck[r]) : "–");
    });
    for (const kind of panel.places) values.push(kind ? `${inUse(panel, kind)} of ${places(kind)}` : "–");
    return [...values, ...[HOME, ILL, DEAD].map((station) => String(panel.count[station]))];
  }

  function table() {
    const cell = (tag, text, scope) => {
      const made = document.createElement(tag);
      made.textContent = text;
      if (scope) made.scope = scope;
      return made;
    };
    const head = document.createElement("tr");
    head.append(cell("th", "People"), ...panels.map((panel) => cell("th", panel.scenario.name, "col")));
    element("numbers").tHead.append(head);
    const lines = rows.flatMap((row) => [`${row.title}: waiting`, `${row.title}: in care`,
      ...(row.blocks ? [`${row.title}: of these ready to leave`] : [])]);
    const outside = [`outside care, ${WELL}`, `outside care, ${UNWELL}`, "died"].map((text) => `Of the ${SHOWN}: ${text}`);
    const sums = [...TOTALS.map(([, words]) => `So far, by the end of the day: ${words}`), "So far, by the end of the day: spent"];
    for (const text of [...sums, ...lines, ...kinds.map((kind) => `${kind.title}: places in use`), ...outside]) {
      const line = document.createElement("tr");
      line.append(cell("th", text, "row"), ...panels.map(() => cell("td", "")));
      element("numbers").tBodies[0].append(line);
    }
  }

  const TOTALS = [["asked", "asked"], ["admitted", "admitted"], ["gave_up", "gave up"]];
  function totals(panel) {
    const { totals: sums } = panel.scenario, care = rows.reduce((sum, _, r) => sum + panel.count[2 * r + CARE], 0);
    return [...TOTALS.map(([key, words]) => [words, sums[key][day()].toLocaleString("en")]),
      ["waiting", String(panel.waiting)],
      ["in care", String(care)], ["spent", money.format(sums.money[day()])]];
  }

  function sum() {
    for (const panel of panels) totals(panel).forEach(([, value], i) => { panel.sums[i].textContent = value; });
    const [last] = moments.filter((moment) => moment.tick < (day() + 1) * TICKS && moment.tick > now - RECENT).slice(-1);
    element("moment-now").textContent = last ? inFull(last) : "";
  }

  function count() {
    const lines = element("numbers").tBodies[0].rows;
    panels.forEach((panel, p) => numbers(panel).forEach((text, i) => { lines[i].cells[p + 1].textContent = text; }));
    for (const panel of panels) panel.told.textContent = followed === null ? "" : `Person ${followed}: ${whereIs(panel)}`;
  }

  function say() {
    const parts = panels.map((panel) => {
      const levels = panel.levels.map((level, r) => {
        if (!level) return null;
        const waiting = panel.count[2 * r + LIST] + panel.elsewhere[r];
        return `${level.title} in care ${held(panel, level, r)[0]}, ${waiting} waiting`;
      });
      const outside = `of the ${SHOWN}, outside care ${panel.count[HOME]} ${WELL}, ${panel.count[ILL]} ${UNWELL}, ${panel.count[DEAD]} died`;
      const person = followed === null ? "" : `; person ${followed} ${whereIs(panel)}`;
      return `${panel.scenario.name}: ${[...levels.filter(Boolean), outside].join("; ")}${person}.`;
    });
    element("now").textContent = `Day ${day() + 1}, ${date()}. ${parts.join(" ")}`;
    said = performance.now();
  }

  function saySoon() {
    clearTimeout(saying);
    saying = setTimeout(say, 600);
  }

  // --- time ---

  function show(tick) {
    now = Math.min(Math.max(tick, 0), LAST);
    for (const panel of panels) advance(panel);
    const text = `Day ${day() + 1} of ${data.days}, ${date()}`;
    if (element("today").textContent !== text) {
      element("today").textContent = text;
      element("day").value = day();
      element("day").setAttribute("aria-valuetext", text);
      sum();
    }
    if (layout) timeline();
    settled = false;
  }

  function go(tick) {
    show(tick);
    count();
    saySoon();
  }

  function play(on) {
    if (on && now >= LAST) show(0);
    playing = on;
    element("play").textContent = on ? "Pause" : "Play";
    if (!on) { count(); saySoon(); }
  }

  function turn(time) {
    // After a pause of the browser, such as a hidden tab, the film goes on where it was.
    const seconds = Math.min(Math.max((time - before) / 1000, 0), 0.1);
    before = time;
    if (playing) {
      // Without motion: whole days, and not so fast that they flicker.
      const pace = Number(element("speed").value) * TICKS, still = calm.matches;
      turn.whole = still ? turn.whole + Math.min(pace, 2 * TICKS) * seconds : now + pace * seconds;
      if (!still || Math.floor(turn.whole / TICKS) !== day()) show(still ? Math.floor(turn.whole / TICKS) * TICKS : turn.whole);
      if (now >= LAST) play(false);
      if (time - counted > 250) { count(); counted = time; }
      if (time - said > 10000) say();
    } else turn.whole = now;
    if (!settled) {
      const step = calm.matches ? null : 1 - Math.exp(-seconds * 9);
      settled = panels.map((panel) => draw(panel, step)).every(Boolean);
    }
    requestAnimationFrame(turn);
  }
  turn.whole = 0;

  function follow(id) {
    followed = ids.includes(id) ? id : null;
    const nearest = ids.reduce((best, each) => Math.abs(each - id) < Math.abs(best - id) ? each : best, ids[0]);
    const unknown = followed === null && element("person").value && ids.length;
    element("person").setCustomValidity(unknown ? `Nobody of this number is here. The nearest is ${nearest}.` : "");
    element("person").reportValidity();
    settled = false;
    count();
    saySoon();
  }

  // --- the page ---

  for (const panel of panels) {
    const section = document.createElement("section"), title = document.createElement("h2");
    title.textContent = panel.scenario.name;
    const label = document.createElement("p");
    label.className = "label";
    label.textContent = panel.scenario.policy.replaceAll("->", "→") || (panels.length > 1 ? "The baseline" : "");
    label.title = panel.scenario.policy;
    const sums = document.createElement("dl");
    sums.className = "totals";
    panel.sums = [...TOTALS.map(([, words]) => words), "waiting", "in care", "spent"].map((words) => {
      const pair = document.createElement("div"), term = document.createElement("dt"), value = document.createElement("dd");
      term.textContent = words;
      pair.append(term, value);
      sums.append(pair);
      return value;
    });
    panel.told = document.createElement("p");
    panel.told.className = "followed";
    panel.canvas = document.createElement("canvas");
    panel.canvas.setAttribute("role", "img");
    panel.canvas.setAttribute("aria-label", `${panel.scenario.name}: where everyone is. The table below says it in numbers.`);
    panel.canvas.addEventListener("click", (event) => {
      let best = 14, found = null;
      panel.ids.forEach((id, person) => {
        const far = Math.hypot(panel.x[person] - event.offsetX, panel.y[person] - event.offsetY);
        if (far < best) { best = far; found = id; }
      });
      element("person").value = found === null ? "" : String(found);
      follow(found);
    });
    section.append(title, label, sums, panel.told, panel.canvas);
    element("panels").append(section);
  }
  const together = panels.length > 2 ? `${panels.length} programmes` : panels.map((panel) => panel.scenario.name).join(" or ");
  document.querySelector("h1").textContent = `${together}: ${panels.length === 1 ? "where everyone is" : "the same people, the same luck"}`;
  for (const moment of moments) {
    const choice = document.createElement("option");
    choice.value = String(moment.tick);
    choice.textContent = inFull(moment);
    element("moment").append(choice);
  }
  element("moment").disabled = !moments.length;
  element("moment").addEventListener("change", (event) => {
    if (event.target.value !== "") go(Number(event.target.value));
    event.target.value = "";
  });
  element("timeline").setAttribute("aria-label", "How many wait in each scenario over the whole film. " + moments.map((moment) => `${inFull(moment)}.`).join(" "));
  element("timeline").addEventListener("click", (event) => {
    const left = parseFloat(getComputedStyle(document.documentElement).fontSize) * 1.76;
    go(Math.floor((event.offsetX - left) / (event.target.clientWidth - left - 4) * data.days) * TICKS);
  });
  const asked = ids.length ? `${ids.length} people, with some of the numbers from ${ids[0]} to ${ids[ids.length - 1]}.` : "Nobody was in care or waiting in these days.";
  element("about").textContent = `${asked} One simulated future (seed ${data.seed}, replication ${data.replication}), from ${inWords(dayZero)} for ${data.days} days.`;
  element("well").textContent = WELL;
  element("unwell").textContent = UNWELL;
  element("notes").textContent = "Everyone is shown who was in care or waiting in these days in any scenario, and outside care from their first asking on. "
    + "All others who ever asked are not shown: they live outside care, or died, and are in none of these numbers. "
    + "Waiting counts also those who wait in care of another level, as “+”. " + `Short ${SETBACKS} are not shown. `
    + (data.shortened ? "The film ends early to keep this file small. " : "")
    + "Click a person, or type their number, to follow them in every scenario. Keys: space plays and pauses, left and right go by a day, page up and down by a week, home and end to the first and the last day, N and P to the next and the previous key moment. "
    + "Asked, admitted and gave up count every time anyone does, and spent is what the programme spends, empty places too: from the first day of the film to the end of the day shown.";
  element("day").max = data.days - 1;
  if (ids.length) { element("person").min = ids[0]; element("person").max = ids[ids.length - 1]; }
  element("play").addEventListener("click", () => play(!playing));
  element("day").addEventListener("input", (event) => go(Number(event.target.value) * TICKS));
  element("person").addEventListener("change", (event) => follow(event.target.value === "" ? null : Number(event.target.value)));
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.id === "person" || event.target.tagName === "SELECT") return;
    if (event.key === " " && event.target.tagName === "BUTTON") return;
    const today = day() * TICKS;
    const keys = { ArrowLeft: today - TICKS, ArrowRight: today + TICKS, PageUp: today - 7 * TICKS, PageDown: today + 7 * TICKS, Home: 0, End: LAST };
    const [next] = moments.filter((moment) => moment.tick > now), [past] = moments.filter((moment) => moment.tick < now).slice(-1);
    keys.n = keys.N = next ? next.tick : now;
    keys.p = keys.P = past ? past.tick : now;
    if (event.key === " ") play(!playing);
    else if (event.key in keys) go(keys[event.key]);
    else return;
    event.preventDefault();
  });
  addEventListener("resize", arrange);
  table();
  go(0);
  arrange();
  requestAnimationFrame(turn);
})();
