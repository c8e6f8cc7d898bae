"use strict";
/* What the loss of a switch, or of a rack with all its switches, takes from other racks: the links between racks that end there. */
RW.failure = (function () {
  let held = {text: "", found: null};

  /* `switch 279552` or `rack 12`: what is out; null for anything else, which is a case of the power chain. */
  function read(text) {
    const said = /^(switch|rack) (\d{1,9})$/.exec(text), id = said ? Number(said[2]) : -1;
    if (!said || (said[1] === "rack" ? id >= RW.data.racks.rows : id < RW.index.switch_first || id >= RW.index.switch_first + RW.data.switches.rows)) return null;
    return {kind: said[1], id: id, devices: said[1] === "rack" ? RW.names.devicesOf(id) : [id], rack: said[1] === "rack" ? id : RW.names.device(id).rack,
      name: said[1] === "rack" ? RW.data.racks.name[id] : RW.names.device(id).name};
  }

  /* Reads the cables that end there; must be done before colours are asked for. */
  async function load(text) {
    const out = read(text);
    if (!out || held.text === text) return;
    const own = new Set(out.devices), lost = new Map();
    let links = 0;
    for (const cable of await RW.links.at(out.devices)) for (const l of cable.links) for (const [near, far] of [["a", "b"], ["b", "a"]]) {
      if (!own.has(l[near]) || own.has(l[far])) continue;
      const rack = l.ends[far].device.rack;
      lost.set(rack, (lost.get(rack) || 0) + 1);
      links += 1;
    }
    held = {text: text, found: {out: out, lost: lost, links: links}};
  }

  function colours(each) {
    const {out, lost, links} = held.found, most = Math.max(...Array.from(lost, ([rack, n]) => (rack === out.rack ? 0 : n)), 0), half = Math.ceil(most / 2);
    const css = each((i) => (i === out.rack ? "k-dark" : !lost.has(i) ? "k-none" : lost.get(i) > half ? "k-fewer" : "k-less"));
    return {css: css, legend: [{css: "k-dark", text: out.kind === "rack" ? "the rack that is out" : "the rack it stands in"}, {css: "k-fewer", text: most > 1 ? `loses ${half + 1} to ${most} links` : "loses links"},
      {css: "k-less", text: half > 1 ? `loses 1 to ${half} links` : "loses 1 link"}, {css: "k-none", text: "loses none"}],
    note: `${out.name} is out: ${RW.words.many(links, "link")} to ${RW.words.many(lost.size, "rack")}. What traffic keeps: rackwright sim network DIR --fail ${out.name}.`};
  }

  async function show(text) {
    await load(text);
    RW.go({colour: "case", case: text});
  }

  return {read: read, load: load, colours: colours, show: show, found: () => held.found, isHeld: (text) => held.found !== null && held.text === text};
})();
