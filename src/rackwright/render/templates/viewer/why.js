"use strict";
/* The cable that is shown, its way on the plan, and why it is made of what it is: the offers that serve such links, by price. */
(function () {
  const CHEAPER = 3, DEARER = 2;
  let shown = null;

  /* The cable of a label; its way becomes RW.route. Null where there is none. */
  RW.route_of = async function (label) {
    if (shown && shown.name === label) return shown.found;
    const found = await RW.links.named(label);
    const mine = {name: label, found: found};
    let route = null;
    if (found) {
      const ways = await Promise.all(found.links.slice(0, 8).map((l) => RW.links.way(l))), first = ways[0];
      route = {label: found.label, points: first.points, trays: first.trays, all: ways.map((x) => x.points), a_rack: found.links[0].ends.a.device.rack, b_rack: found.links[0].ends.b.device.rack};
    }
    if (RW.state.cable === label) {
      shown = mine;
      RW.route = route;
      RW.emit("route", route);
    }
    return found;
  };

  RW.on("state", (state, changed) => {
    if (changed.has("cable") && !state.cable && RW.route) {
      RW.route = null;
      shown = null;
      RW.emit("route", null);
    }
  });

  /* As `rackwright explain DIR LABEL` tells it: the part taken between cheaper and dearer ones, each with what speaks against it. */
  RW.why = async function (found) {
    const t = await RW.load("offers"), l = found.links[0], at = [];
    for (let i = 0; i < t.rows; i++) if (t.fabric_id[i] === l.fabric) at.push(i);
    const taken = at.find((i) => t.sku[i] === l.sku);
    if (taken === undefined) return null;
    const wanted = Math.max(l.cut, await tied(found)), families = new Map();
    const key = (i) => [t.part[i], t.a_module[i], t.b_module[i]].join("|");
    for (const i of at) if (t.need[i] === t.need[taken]) families.set(key(i), (families.get(key(i)) || []).concat(i));
    const price = t.weight_link_usd[taken], rows = [];
    for (const [name, skus] of families) {
      const far = Math.max(...skus.map((i) => t.length_stock_mm[i])), long = skus.filter((i) => t.length_stock_mm[i] >= wanted), isTaken = name === key(taken);
      const longest = skus.find((i) => t.length_stock_mm[i] === far), weight = isTaken ? price : long.length ? Math.min(...long.map((i) => t.weight_link_usd[i])) : t.weight_link_usd[longest];
      const verdict = isTaken ? "taken" : !long.length ? `reaches ${RW.words.metres(far)}, ${RW.words.metres(wanted)} are needed`
        : weight >= price ? `${RW.words.price(weight - price)} dearer a link` : "not for the links that share its cages";
      rows.push({part: t.part[skus[0]], modules: Array.from(new Set([t.a_module[skus[0]], t.b_module[skus[0]]].filter(Boolean))).join(", "), weight: weight, verdict: verdict, isTaken: isTaken});
    }
    rows.sort((x, y) => x.weight - y.weight || Number(y.isTaken) - Number(x.isTaken) || (x.part < y.part ? -1 : 1));
    const place = rows.findIndex((r) => r.isTaken), dearer = rows.slice(place + 1).filter((r) => r.verdict.includes("dearer"));
    const told = rows.slice(Math.max(place - CHEAPER, 0), place + 1).concat(dearer.slice(0, DEARER));
    return RW.panes.block("Why this part", RW.el("p", {class: "soft", text: "The cheapest a link that reaches and fits both cages:"}),
      RW.el("ul", {class: "why"}, ...told.map((r) => RW.el("li", {class: r.isTaken ? "taken" : ""}, RW.el("b", {text: r.part}), RW.el("span", {class: "soft", text: r.modules}),
        RW.el("span", {text: `${RW.words.price(r.weight)} · ${r.verdict}`})))));
  };

  /* The longest cut length among links that share its cages: they take modules and cables of one sort. */
  async function tied(found) {
    const l = found.links[0], own = found.links.map((x) => [x.ends.a.cageName, x.ends.b.cageName]).flat();
    let most = Math.max(...found.links.map((x) => x.cut));
    const t = l.table;
    for (let row = 0; row < t.rows; row++) {
      if (t.a[row] !== l.a && t.b[row] !== l.b) continue;
      const other = RW.links.link(t, row), a = RW.names.end(other, "a"), b = RW.names.end(other, "b");
      if (own.includes(a.cageName) || own.includes(b.cageName)) most = Math.max(most, other.cut);
    }
    return most;
  }
})();
