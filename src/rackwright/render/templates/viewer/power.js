"use strict";
/* Which racks go dark when components of the power chain are out: what can be reached from a source without it, alternatives taken. */
RW.power = (function () {
  let t = null;

  async function load() {
    if (t || !RW.index.chunks.includes("supply_nodes")) return t;
    t = await RW.loadAll(["supply_nodes", "supply_branches", "supply_components", "supply_feeds", "supply_places"]);
    t.out = Array.from({length: t.supply_nodes.rows}, () => []);
    for (let i = 0; i < t.supply_branches.rows; i++) t.out[t.supply_branches.a_node_id[i]].push(i);
    return t;
  }

  /* Components that are out with some: these, and where one is a room or a trench what stands in it. */
  function outWith(components) {
    const found = new Set(components), p = t.supply_places;
    for (let i = 0; i < p.rows; i++) if (components.includes(p.place_id[i])) found.add(p.component_id[i]);
    return found;
  }

  /* Components of an address: `12`, or `12,40` for two that are out together. */
  const cases = (text) => (/^\d{1,6}(,\d{1,6})?$/.test(text) ? text.split(",").map(Number) : []);

  /* {dark, fewer, on: sets of racks, note}. */
  function dark(components) {
    if (!t || !components.length || components.some((k) => !(k >= 0 && k < t.supply_components.rows))) return null;
    const n = t.supply_nodes, b = t.supply_branches, c = t.supply_components, f = t.supply_feeds, out = outWith(components);
    const isOut = new Uint8Array(n.rows), live = new Uint8Array(n.rows), queue = [];
    for (const k of out) if (c.node_id[k] >= 0) isOut[c.node_id[k]] = 1;
    for (let i = 0; i < n.rows; i++) if ((n.kind[i] === "grid" || n.kind[i] === "generator") && !isOut[i]) { live[i] = 1; queue.push(i); }
    while (queue.length) {
      for (const i of t.out[queue.pop()]) {
        const to = b.b_node_id[i];
        if (live[to] || isOut[to] || out.has(b.component_id[i])) continue;
        live[to] = 1;
        queue.push(to);
      }
    }
    const feeds = new Map();
    for (let i = 0; i < f.rows; i++) {
      const r = f.rack_id[i], own = feeds.get(r) || {live: 0, all: 0, needed: f.feeds_needed[i]};
      own.all += 1;
      own.live += live[f.node_id[i]];
      feeds.set(r, own);
    }
    const made = {dark: new Set(), fewer: new Set(), on: new Set(feeds.keys()), note: ""};
    for (const [r, own] of feeds) if (own.live < own.needed) made.dark.add(r); else if (own.live < own.all) made.fewer.add(r);
    const told = components.length === 1 ? c.racks_dark[components[0]] : -1, names = components.map((k) => c.name[k]);
    made.note = `${names.join(" and ")} ${names.length > 1 ? "are" : "is"} out: ${RW.words.many(made.dark.size, "rack")} dark, ${RW.words.many(made.fewer.size, "rack")} on fewer feeds.`
      + (told >= 0 ? ` sim power says ${told} dark.` : " Loads and voltages: rackwright sim power DIR.");
    return made;
  }

  /* Feeds of a rack: [{feed, path, watt, needed}]. */
  function feeds(rack) {
    if (!t) return [];
    const f = t.supply_feeds, found = [];
    for (let i = 0; i < f.rows; i++) if (f.rack_id[i] === rack) found.push({feed: f.feed[i], path: f.path[i], watt: f.power_w[i], node: f.node_id[i], needed: f.feeds_needed[i]});
    return found;
  }

  /* Names of the normal way from a feed back to its source. */
  function chain(node) {
    const b = t.supply_branches, found = [], into = new Map();
    if (!t.into) { for (let i = 0; i < b.rows; i++) if (b.rank[i] === 0) into.set(b.b_node_id[i], i); t.into = into; }
    for (let at = node, guard = 0; t.into.has(at) && guard < 64; guard++) {
      const i = t.into.get(at);
      found.push({name: b.name[i], kind: b.kind[i], watt: b.power_w[i], loading: b.loading[i]});
      at = b.a_node_id[i];
    }
    return found;
  }

  return {load: load, dark: dark, cases: cases, feeds: feeds, chain: chain, tables: () => t};
})();
