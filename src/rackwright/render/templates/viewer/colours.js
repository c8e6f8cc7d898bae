"use strict";
/* What colour a rack or a tray has, and the legend that says why. Steps are those of the drawings; hues are told apart without red and green. */
RW.colours = (function () {
  const DESIGNS = ["compute", "battery", "host", "power", "management", "other"];
  const FILL = [0.1, 0.25, 0.5, 0.75, 1];
  const SEVERITIES = ["info", "warning", "error"];
  let cache = null;

  const modes = {
    design: {title: "Rack design", of: byDesign},
    kw: {title: "Power", of: byPower},
    coolant: {title: "Coolant: heat into liquid", of: byCoolant},
    trays: {title: "Tray fill", of: () => ({css: each(() => "k-none"), legend: []})},
    findings: {title: "Findings", of: byFindings},
    unit: {title: "Scalable unit", of: byUnit},
    case: {title: "Failure case", of: byCase},
    change: {title: "Change", of: byChange},
  };

  /* {css: class by rack, legend: [{css, text, racks}], note}; classes are looked up in viewer.css, so that dark, light and print need no script. */
  function now() {
    const key = [RW.state.colour, RW.state.case, RW.state.side].join("/");
    if (!cache || cache.key !== key) {
      cache = Object.assign({key: key}, (modes[RW.state.colour] || modes.design).of());
      cache.counts = new Map();
      for (const css of cache.css) cache.counts.set(css, (cache.counts.get(css) || 0) + 1);
    }
    return cache;
  }

  function forget() { cache = null; }

  function each(fn) { return Array.from({length: RW.data.racks.rows}, (_, i) => fn(i)); }

  function byDesign() {
    const d = RW.data.racks.design_id, names = RW.data.designs;
    const legend = Array.from(names.design_id, (id, i) => ({css: "k-" + DESIGNS[id % DESIGNS.length], text: names.design[i]}));
    if (d.includes(-1)) legend.push({css: "k-switch", text: "switch rack"});
    return {css: each((i) => (d[i] < 0 ? "k-switch" : "k-" + DESIGNS[d[i] % DESIGNS.length])), legend: legend};
  }

  /* Round steps that hold the greatest value in at most seven. */
  function steps(most) {
    const raw = most / 7, power = 10 ** Math.floor(Math.log10(raw || 1)), step = [1, 2, 2.5, 5, 10].map((s) => s * power).find((s) => s >= raw * 0.999) || 1;
    return Array.from({length: Math.max(1, Math.ceil(most / step - 1e-9))}, (_, i) => (i + 1) * step);
  }

  function byPower() {
    const w = RW.data.racks.power_w, tops = steps(w.reduce((m, v) => (v > m ? v : m), 0));
    const at = (v) => (Number.isFinite(v) ? "k-q" + Math.min(tops.findIndex((top) => v <= top * (1 + 1e-9)), 7) : "k-none");
    const legend = tops.map((top, i) => ({css: "k-q" + i, text: (i ? "over " + RW.words.watt(tops[i - 1]) + " to " : "to ") + RW.words.watt(top)}));
    if (w.some((v) => !Number.isFinite(v))) legend.push({css: "k-none", text: "not known"});
    return {css: each((i) => at(w[i])), legend: legend};
  }

  function byCoolant() {
    const r = RW.data.racks, share = (i) => r.heat_liquid_w[i] / (r.heat_liquid_w[i] + r.heat_air_w[i]);
    const tops = [0.001, 0.25, 0.5, 0.75, 1.01], text = ["air alone", "to 25 % liquid", "25 to 50 % liquid", "50 to 75 % liquid", "over 75 % liquid"];
    return {css: each((i) => (Number.isFinite(share(i)) ? "k-l" + tops.findIndex((top) => share(i) < top) : "k-none")),
      legend: text.map((words, i) => ({css: "k-l" + i, text: words})).concat({css: "k-none", text: "no heat"})};
  }

  function byFindings() {
    const worst = new Map(), f = RW.data.findings;
    for (let i = 0; i < f.rows; i++) {
      if (f.rack_id[i] < 0 || f.waiver[i]) continue;
      worst.set(f.rack_id[i], Math.max(SEVERITIES.indexOf(f.severity[i]), worst.has(f.rack_id[i]) ? worst.get(f.rack_id[i]) : -1));
    }
    return {css: each((i) => (worst.has(i) ? "k-" + SEVERITIES[worst.get(i)] : "k-none")),
      legend: [{css: "k-error", text: "error"}, {css: "k-warning", text: "warning"}, {css: "k-info", text: "info"}, {css: "k-none", text: "none here"}],
      note: "Findings of a whole hall or fabric stand in the list alone."};
  }

  function byUnit() {
    const p = RW.data.racks.pod, most = p.reduce((m, v) => Math.max(m, v), -1) + 1;
    const legend = most > 6 ? [] : Array.from({length: most}, (_, i) => ({css: "k-u" + i, text: "unit " + (i + 1)}));
    return {css: each((i) => (p[i] < 0 ? "k-none" : "k-u" + (p[i] % 6))), legend: legend.concat({css: "k-none", text: "serves all (switch racks)"}),
      note: most > 6 ? RW.words.count(most) + " units; six colours in turn tell neighbours apart." : ""};
  }

  function byCase() {
    if (RW.failure.isHeld(RW.state.case)) return RW.failure.colours(each);
    const found = RW.power && RW.state.case !== "" ? RW.power.dark(RW.power.cases(RW.state.case)) : null;
    if (!found) return {css: each(() => "k-none"), legend: [{css: "k-none", text: "no case chosen"}], note: ""};
    return {css: each((i) => (found.dark.has(i) ? "k-dark" : found.fewer.has(i) ? "k-fewer" : found.on.has(i) ? "k-fed" : "k-none")),
      legend: [{css: "k-dark", text: "dark: fewer feeds than it needs"}, {css: "k-fewer", text: "lost a feed, keeps running"}, {css: "k-fed", text: "all feeds live"},
        {css: "k-none", text: "no feed in the chain"}],
      note: found.note};
  }

  function byChange() {
    const of = RW.against;
    if (!of) return {css: each(() => "k-none"), legend: []};
    return {css: each((i) => "k-" + of.rack(i)), legend: of.legend(), note: of.note()};
  }

  /* Fill of the fullest tray of a segment over what it may hold: class and share. */
  function tray(i) {
    const t = RW.data.trays, share = t.capacity[i] > 0 ? t.fill[i] / t.capacity[i] : 0;
    const step = FILL.findIndex((top) => share <= top);
    return {share: share, css: step < 0 ? "fill-over" : "fill-" + step};
  }

  function trayLegend() {
    return FILL.map((top, i) => ({css: "fill-" + i, text: (i ? 100 * FILL[i - 1] : 0) + " to " + 100 * top + " %"})).concat({css: "fill-over", text: "over what it may hold"});
  }

  /* The colour a class has now, for what is drawn without style sheets. */
  function resolved(css) {
    const probe = RW.el("span", {class: "probe " + css});
    document.body.append(probe);
    const colour = getComputedStyle(probe).backgroundColor;
    probe.remove();
    return colour;
  }

  RW.rackFill = (id) => resolved(now().css[id]);
  RW.trayFill = (id) => resolved(tray(id).css);
  return {now: now, forget: forget, modes: modes, tray: tray, trayLegend: trayLegend, resolved: resolved, DESIGNS: DESIGNS};
})();
