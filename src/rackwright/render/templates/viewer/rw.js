"use strict";
/* The viewer's one global: data chunks, state, events, small helpers. Texts of a spec reach the page by textContent alone. */
var RW = (function () {
  const chunks = new Map(), waiting = new Map(), listeners = new Map();
  const kinds = {i1: Int8Array, u1: Uint8Array, i2: Int16Array, u2: Uint16Array, i4: Int32Array, u4: Uint32Array, f4: Float32Array, f8: Float64Array};

  async function decode(name, head, blob) {
    const table = Object.assign({name: name}, head);
    if (!head.columns) return table;
    const packed = Uint8Array.from(atob(blob), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    const bytes = await new Response(stream).arrayBuffer();
    let at = 0;
    for (const [column, kind, size] of head.columns) {
      table[column] = kind === "s" ? JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, at, size)))
        : new kinds[kind](bytes, at, size / kinds[kind].BYTES_PER_ELEMENT);
      if (table[column].length !== head.rows) throw new Error("column " + column + " of " + name + " is damaged");
      at += size + (8 - size % 8) % 8;
    }
    return table;
  }

  function put(name, head, blob) {
    const wanted = waiting.get(name);
    if (!wanted) return;
    wanted.came = true;
    decode(name, head, blob).then(wanted.done, (fault) => wanted.failed(new Error(`the data “${name}” is damaged (${fault.message}); build the package again`)));
  }

  function load(name) {
    if (!chunks.has(name)) {
      chunks.set(name, new Promise((done, failed) => {
        waiting.set(name, {done: done, failed: failed});
        const tag = document.createElement("script");
        tag.src = "data/" + encodeURIComponent(name) + ".js";
        tag.onerror = () => failed(new Error(`the file viewer/data/${name}.js cannot be read; build the package again`));
        tag.onload = () => { if (!waiting.get(name).came) failed(new Error(`the file viewer/data/${name}.js is damaged; build the package again`)); };
        document.head.append(tag);
      }));
    }
    return chunks.get(name);
  }

  /* Chunks by name, loaded side by side: {name: table}. */
  async function loadAll(names) {
    const found = await Promise.all(names.map(load));
    return Object.fromEntries(names.map((n, i) => [n, found[i]]));
  }

  function on(event, fn) {
    if (!listeners.has(event)) listeners.set(event, []);
    listeners.get(event).push(fn);
  }

  function emit(event, ...values) {
    for (const fn of listeners.get(event) || []) fn(...values);
  }

  const FIRST = {view: "campus", hall: 0, rack: -1, device: -1, cable: "", tray: -1, finding: -1, part: "", face: "both", colour: "design", trays: true, case: "", side: "after"};
  const STEPS = ["view", "hall", "rack", "cable", "device", "tray", "part"];  // a change of these is a step of the browser's history
  const state = Object.assign({}, FIRST);

  /* State as text of the address, and back; what is not in it is as at first. */
  function toHash() {
    const said = Object.keys(FIRST).filter((k) => state[k] !== FIRST[k] && k !== "view").map((k) => k + "=" + encodeURIComponent(state[k]));
    return "#" + [state.view, ...said].join("&");
  }

  function fromHash(text) {
    const made = Object.assign({}, FIRST), parts = text.replace(/^#/, "").split("&");
    if (parts[0]) made.view = parts[0];
    for (const part of parts.slice(1)) {
      const [key, value] = [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)];
      if (!(key in FIRST) || key === "view") continue;
      let said = "";
      try { said = decodeURIComponent(value); } catch (fault) { continue; }
      made[key] = typeof FIRST[key] === "number" ? (/^-?\d{1,9}$/.test(said) ? Number(said) : FIRST[key]) : typeof FIRST[key] === "boolean" ? said === "true" : said;
    }
    return made;
  }

  function apply(patch) {
    const changed = new Set(Object.keys(patch).filter((k) => k in FIRST && state[k] !== patch[k]));
    for (const key of changed) state[key] = patch[key];
    return changed;
  }

  function go(patch, options) {
    const changed = apply(patch);
    if (!changed.size) return;
    const hash = toHash(), step = STEPS.some((k) => changed.has(k)) && !(options && options.quiet);
    if (step) history.pushState(null, "", hash); else history.replaceState(null, "", hash);
    emit("state", state, changed);
  }

  function follow() {
    const changed = apply(valid(fromHash(location.hash)));
    if (changed.size) emit("state", state, changed);
  }

  /* An address may name what this package has not: then it is as if it named nothing. */
  function valid(wanted) {
    const made = Object.assign({}, wanted), limits = {hall: RW.index.halls || 1, rack: RW.index.racks};
    for (const [key, most] of Object.entries(limits)) if (made[key] < FIRST[key] || made[key] >= most) made[key] = FIRST[key];
    if (!["campus", "hall", "rack", "line", "3d"].includes(made.view)) made.view = RW.home.view;
    if (made.view === "campus" && RW.index.halls < 2) made.view = RW.home.view;
    if (made.view === "3d" && !RW.index.has3d) made.view = RW.home.view;
    if (RW.index.kind === "rack" && ["campus", "hall", "3d"].includes(made.view)) made.view = "rack";
    if (made.view === "rack" && made.rack < 0) made.rack = 0;
    return made;
  }

  /* An element: `class`, `text`, `on: {event: fn}`, properties that begin with `.`, attributes, children. */
  function make(document, space, tag, about, children) {
    const made = space ? document.createElementNS(space, tag) : document.createElement(tag);
    for (const [key, value] of Object.entries(about || {})) {
      if (value === undefined || value === null || value === false) continue;
      if (key === "text") made.textContent = value;
      else if (key === "on") for (const [event, fn] of Object.entries(value)) made.addEventListener(event, fn);
      else if (key[0] === ".") made[key.slice(1)] = value;
      else made.setAttribute(key, value === true ? "" : value);
    }
    made.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
    return made;
  }

  const el = (tag, about, ...children) => make(document, "", tag, about, children);
  const svg = (tag, about, ...children) => make(document, "http://www.w3.org/2000/svg", tag, about, children);
  /* Text with names in backticks set as code. */
  const prose = (text) => text.split("`").map((part, i) => (i % 2 ? el("code", {text: part}) : part));
  const palette = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  return {
    put: put, load: load, loadAll: loadAll, on: on, emit: emit, state: state, go: go, follow: follow, valid: valid, fromHash: fromHash,
    el: el, svg: svg, prose: prose, palette: palette, index: null, route: null, home: {view: "campus"},
  };
})();
