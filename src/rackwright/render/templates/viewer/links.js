"use strict";
/* Cables between racks: the cells that hold them, the cable of a label or a port, its way through the trays, and why it is made of what it is. */
RW.links = (function () {
  const SWITCH = 2 ** 30, PEERS = 4;  // tiers from here up join units with each other (leaf to its peer, mesh, group to group)
  let across;

  /* The cells where links of a device may lie: those of its unit, or all of a fabric for what serves every unit. */
  function cellsOf(d) {
    if (!across) {
      across = new Set();
      const p = RW.names.switchPorts();
      for (let i = 0; i < p.rows; i++) if (p.tier[i] >= PEERS) across.add(p.fabric_id[i]);
    }
    const all = RW.index.cells, found = [];
    for (let i = 0; i < all.chunk.length; i++) {
      const isOwn = !d.isSwitch ? d.pod < 0 || all.cell[i] === d.pod : all.fabric_id[i] !== d.fabric || d.pod < 0 || across.has(d.fabric) || all.cell[i] === d.pod;
      if (isOwn) found.push(i);
    }
    return found;
  }

  async function cell(i) {
    const c = RW.index.cells, table = await RW.load(c.chunk[i]);
    if (!table.a) {
      for (const side of ["a", "b"]) {
        const local = table[side + "_device_id"], made = new Int32Array(table.rows);
        for (let row = 0; row < table.rows; row++) made[row] = local[row] >= SWITCH / 2 ? local[row] - SWITCH + RW.index.switch_first : local[row] + c.host_device_first[i];
        table[side] = made;
      }
      table.fabric = c.fabric_id[i];
      table.first = c.link_first[i];
    }
    return table;
  }

  /* Route with slack and loops, in whole millimetres as the build rounds them; -1 without a way. */
  function cut(route) {
    const permille = Math.round(1000 * RW.index.inputs["pathways.slack"]), loop = RW.index.inputs["pathways.service_loop"];
    return route < 0 ? -1 : route + Math.ceil(route * permille / 1000) + 2 * loop;
  }

  function link(table, row) {
    const route = table.length_route_mm[row];
    return {table: table, row: row, id: table.first + row, fabric: table.fabric, tier: table.tier[row], plane: table.plane[row], rail: table.rail[row], leg: table.leg[row],
      a: table.a[row], b: table.b[row], a_port: table.a_port[row], b_port: table.b_port[row], speed: table.speed_gbps[row], sku: table.sku[row],
      path: table.path_id[row], route: route, cut: cut(route), stock: media(table.fabric, table.sku[row]).stock, key: table.cable ? table.cable[row] : row};
  }

  function isTrunk(l) { return media(l.fabric, l.sku).medium === "trunk"; }

  let skuAt;
  function media(fabric, sku) {
    if (!skuAt) {
      const s = RW.data.skus;
      skuAt = new Map(Array.from({length: s.rows}, (_, i) => [s.fabric_id[i] + "/" + s.sku[i],
        {part: s.part[i], medium: s.medium[i], a_module: s.a_module[i], b_module: s.b_module[i], links: s.links[i], stock: s.length_stock_mm[i], loss: s.loss_db[i], budget: s.loss_budget_db[i]}]));
    }
    return skuAt.get(fabric + "/" + sku) || {part: "", medium: "", a_module: "", b_module: "", links: 1, stock: -1, loss: NaN, budget: NaN};
  }

  /* All links of the cable that a link belongs to, by leg. */
  function together(l) {
    if (!l.leg) return [l];
    const t = l.table, found = [];
    for (let row = 0; row < t.rows; row++) if (t.cable[row] === l.key && t.leg[row]) found.push(link(t, row));
    return found.sort((x, y) => x.leg - y.leg || x.id - y.id);
  }

  function cableOf(l) { return RW.names.cable(together(l), isTrunk(l)); }

  /* Cables with an end at any of these devices: [{label, links}], read cell by cell. `step(done, of)` tells how far it is. */
  async function at(ids, step) {
    await RW.names.ports();
    const wanted = new Set(ids), cells = new Set();
    for (const id of wanted) for (const i of cellsOf(RW.names.device(id))) cells.add(i);
    const made = [];
    let done = 0;
    for (const i of cells) {
      const table = await cell(i), seen = new Set();
      for (let row = 0; row < table.rows; row++) {
        if (!wanted.has(table.a[row]) && !wanted.has(table.b[row])) continue;
        const l = link(table, row), key = l.leg ? "c" + l.key : "l" + row;
        if (seen.has(key)) continue;
        seen.add(key);
        made.push(cableOf(l));
      }
      done += 1;
      if (step) step(done, cells.size);
    }
    return made;
  }

  /* The cable of a label, one of its links, one of its ends: null where there is none. */
  async function named(text) {
    await RW.names.ports();
    for (const d of RW.names.devicesNamed(text)) {
      const rest = text.slice(d.end.length), others = otherEnds(rest);
      for (const i of cellsOf(d)) {
        const table = await cell(i);
        for (let row = 0; row < table.rows; row++) {
          if (table.a[row] !== d.id && table.b[row] !== d.id) continue;
          if (others && !others.has(table.a[row] === d.id ? table.b[row] : table.a[row]) && !table.leg[row]) continue;
          const made = cableOf(link(table, row));
          if (made.label === text || made.links.some((l) => names(l).includes(text))) return made;
        }
      }
    }
    return null;
  }

  /* The label of the cable in a port that is drawn on a rack, a cage of a switch or a port of a device; empty where there is none. */
  async function inPort(id, device, port) {
    const own = port.name.startsWith(device + "/") ? port.name.slice(device.length + 1) : port.name;
    for (const c of await at([id])) for (const l of c.links) for (const side of ["a", "b"]) {
      if (l[side] !== id) continue;
      const e = l.ends[side];
      if (port.kind === "cage" ? e.cage === port.cage && e.cage >= 0 : e.port === own || e.port.startsWith(own + "/")) return c.label;
    }
    return "";
  }

  function names(l) {
    const a = l.ends.a, b = l.ends.b;
    return [a.name, b.name, a.plugName, b.plugName, a.name + "--" + b.name, b.name + "--" + a.name];
  }

  /* Devices that the second half of a label can mean; null where it has no second half. */
  function otherEnds(rest) {
    const found = new Set();
    for (let at = rest.indexOf("--"); at >= 0; at = rest.indexOf("--", at + 1)) for (const d of RW.names.devicesNamed(rest.slice(at + 2))) found.add(d.id);
    return found.size ? found : null;
  }

  /* The way of a link: connector, up to the tray, along segments, down: [[x, y, z] mm on the campus], with the trays it takes. */
  async function way(l) {
    const ends = l.ends || {a: RW.names.end(l, "a"), b: RW.names.end(l, "b")}, tips = {a: tip(ends.a), b: tip(ends.b)};
    if (l.path < 0) return {points: l.path === -1 ? [tips.a, tips.b] : [], trays: []};
    const got = await RW.loadAll(["paths", "path_steps"]), i = search(got.paths.path_id, l.path);
    if (i < 0) return {points: [tips.a, tips.b], trays: []};
    const steps = [], isTurned = ends.a.device.rack > ends.b.device.rack;
    for (let k = 0; k < got.paths.count[i]; k++) {
      const row = got.paths.first[i] + k;
      steps.push([got.path_steps.tray_id[row], got.path_steps.is_reverse[row] !== Number(isTurned)]);
    }
    if (isTurned) steps.reverse();
    return {points: points(tips.a, tips.b, steps), trays: steps.map((s) => s[0])};
  }

  function search(sorted, value) {
    let low = 0, high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle] < value) low = middle + 1; else high = middle;
    }
    return sorted[low] === value ? low : -1;
  }

  function tip(e) {
    const r = RW.data.racks, [x0, x1, y0, y1] = RW.footprint(e.device.rack), frame = RW.index.network_frame;
    const z = e.z >= 0 && !e.device.isSwitch ? e.z : frame.base_mm + (Math.max(e.device.u, 1) - 0.5) * frame.unit_mm;
    return [(x0 + x1) / 2, (y0 + y1) / 2, z, r.name[e.device.rack]];
  }

  /* From rack to rack along whole segments between, and only the part of the first and the last that the cable uses. */
  function points(a, b, steps) {
    const t = RW.data.trays, made = [a];
    const ends = (i, isBack) => (isBack ? [t.b_x_mm[i], t.b_y_mm[i], t.a_x_mm[i], t.a_y_mm[i]] : [t.a_x_mm[i], t.a_y_mm[i], t.b_x_mm[i], t.b_y_mm[i]]);
    const onto = (p, i) => {
      const [x0, y0, x1, y1] = ends(i, false), size = (x1 - x0) ** 2 + (y1 - y0) ** 2;
      const share = size ? Math.min(1, Math.max(0, ((p[0] - x0) * (x1 - x0) + (p[1] - y0) * (y1 - y0)) / size)) : 0;
      return [x0 + share * (x1 - x0), y0 + share * (y1 - y0), t.z_mm[i]];
    };
    for (const [n, [i, isBack]] of steps.entries()) {
      const [x0, y0, x1, y1] = ends(i, isBack);
      made.push(n === 0 ? onto(a, i) : [x0, y0, t.z_mm[i]]);
      made.push(n === steps.length - 1 ? onto(b, i) : [x1, y1, t.z_mm[i]]);
    }
    made.push(b);
    return made;
  }

  return {at: at, named: named, cell: cell, link: link, cableOf: cableOf, way: way, media: media, cellsOf: cellsOf, inPort: inPort};
})();
