"use strict";
/* A rack from the front and from the rear in true proportions: its devices, their ports, what hangs over them at the back. */
RW.elevation = (function () {
  const ROLES = ["compute", "switch", "host", "management", "power", "pdu", "battery", "blank"];
  const BESIDE = 22;  // letters that fit between two faces
  let sheet = null;

  /* Frame and devices of a rack: {frame, over, devices: [{id, name, part, css, x, y, z, w, h, d, u, units, isRear, ...}], ports: [{device, name, x, z, isRear, kind}]}. */
  async function of(rack) {
    if (RW.index.kind === "rack") return design("design-0", (local) => local);
    const r = RW.data.racks, d = r.design_id[rack];
    if (d < 0) return switches(rack);
    if (!RW.index.has_inside[d]) throw new Error("the package does not tell what stands in this rack; build it again");
    return design("design-" + d, (local) => r.device_first[rack] + local);
  }

  async function design(name, id) {
    const got = await RW.loadAll([name, name + "-ports"]), t = got[name], p = got[name + "-ports"];
    const devices = Array.from({length: t.rows}, (_, i) => ({
      id: id(i), local: i, name: t.name[i], part: t.part[i], css: ROLES.includes(t.role[i]) ? t.role[i] : "other", role: t.role[i], group: t.group[i], feed: t.feed[i],
      u: t.position_u[i], units: t.height_u[i], isRear: Boolean(t.is_rear[i]) || (t.height_u[i] === 0 && t.y_mm[i] + t.depth_mm[i] / 2 > t.frame.depth_mm / 2),
      x: t.x_mm[i], y: t.y_mm[i], z: t.z_mm[i], w: t.width_mm[i], h: t.height_mm[i], d: t.depth_mm[i], power: t.power_max_w[i], mass: t.mass_kg[i],
      liquid: t.heat_liquid_w[i], air: t.heat_air_w[i],
    }));
    const ports = Array.from({length: p.rows}, (_, i) => ({device: p.device_id[i], name: p.name[i], kind: p.kind[i], isRear: Boolean(p.is_rear[i]), x: p.x_mm[i], z: p.z_mm[i],
      speed: p.speed_gbps[i], connector: p.connector[i]}));
    return {frame: t.frame, over: t.over || {}, devices: devices, ports: ports};
  }

  /* A rack of switches: cages in two lines on the front, in the order of their numbers. */
  async function switches(rack) {
    await RW.names.ports();
    const f = RW.index.network_frame, wide = f.bay_mm, devices = [], ports = [];
    for (const id of RW.names.devicesOf(rack)) {
      const d = RW.names.device(id), z = f.base_mm + (d.u - 1) * f.unit_mm;
      const made = {id: id, local: devices.length, name: d.name, part: d.part, css: "switch", role: "switch", u: d.u, units: d.height, isRear: false, x: (f.width_mm - wide) / 2, y: 0, z: z, w: wide,
        h: d.height * f.unit_mm, d: f.depth_mm * 0.6, power: NaN, mass: NaN, feed: "", group: ""};
      const cages = cagesOf(d), half = Math.ceil(cages.length / 2);
      for (const [i, c] of cages.entries()) {
        ports.push({device: made.local, name: c.plug, kind: "cage", isRear: false, x: made.x + wide * (0.06 + 0.88 * (Math.floor(i / 2) + 0.5) / half),
          z: z + made.h * (i % 2 ? 0.28 : 0.72), cage: c.cage, connector: c.connector, speed: NaN});
      }
      devices.push(made);
    }
    return {frame: f, over: {}, devices: devices, ports: ports};
  }

  function cagesOf(d) {
    const p = RW.names.switchPorts(), seen = new Map();
    for (let i = 0; i < p.rows; i++) {
      if (p.fabric_id[i] === d.fabric && p.part[i] === d.part && p.cage[i] >= 0 && !seen.has(p.cage[i])) seen.set(p.cage[i], {cage: p.cage[i], plug: p.plug[i], connector: p.connector[i]});
    }
    for (const o of RW.names.outside(d.id)) if (!seen.has(o.cage)) seen.set(o.cage, {cage: o.cage, plug: o.port, connector: ""});
    return Array.from(seen.values()).sort((a, b) => a.cage - b.cage);
  }

  /* One face of a rack, its frame's left side at `left`. `pick(device)` when one is chosen. */
  function face(found, isRear, left, pick) {
    const f = found.frame, top = f.height_mm, made = [], label = isRear ? "Rear" : "Front";
    const at = (x, w) => left + (isRear ? f.width_mm - x - w : x);
    made.push(RW.svg("text", {class: "face", x: left + f.width_mm / 2, y: -60, "font-size": 62, "text-anchor": "middle", text: label}));
    made.push(RW.svg("rect", {class: "frame", x: left, y: 0, width: f.width_mm, height: top}));
    made.push(RW.svg("rect", {class: "bay", x: left + (f.width_mm - f.bay_mm) / 2, y: top - f.base_mm - f.units * f.unit_mm, width: f.bay_mm, height: f.units * f.unit_mm}));
    for (let u = 1; u <= f.units; u++) {
      const y = top - f.base_mm - (u - 0.5) * f.unit_mm, isFive = u === 1 || u % 5 === 0;
      made.push(RW.svg("line", {class: "hole", x1: left - 12, x2: left, y1: y + f.unit_mm / 2, y2: y + f.unit_mm / 2}));
      if (isFive) for (const side of [0, 1]) made.push(RW.svg("text", {class: "u", x: side ? left + f.width_mm + 18 : left - 22, y: y + 13, "font-size": 36, "text-anchor": side ? "start" : "end", text: u}));
    }
    made.push(RW.svg("text", {class: "u", x: left - 22, y: -16, "font-size": 36, "text-anchor": "end", text: f.unit}));
    const near = found.devices.filter((d) => Number.isFinite(d.z) && Number.isFinite(d.x)), depth = f.depth_mm;
    const order = near.slice().sort((a, b) => (isRear ? a.y + a.d - b.y - b.d : b.y - a.y));
    for (const d of order) {
      const isHere = d.isRear === isRear, seen = isHere || (isRear ? d.y + d.d > depth * 0.45 : d.y < depth * 0.3);
      if (!seen) continue;
      const inside = box(d, at(d.x, d.w), top - d.z - d.h, isHere, found, isRear, pick);
      made.push(inside);
      if ((isHere || own(found, d, isRear)) && !inside.querySelector("text") && d.h <= 3 * d.w && d.css !== "blank") {
        made.push(RW.svg("text", {class: "aside", x: left + f.width_mm + 78, y: top - d.z - d.h / 2 + 9, "font-size": Math.min(26, d.h * 0.6), text: d.name.length > BESIDE ? d.name.slice(0, BESIDE - 1) + "…" : d.name}));
      }
    }
    if (isRear) made.push(...over(found, left, top));
    return RW.svg("g", {role: "group", "aria-label": `${label} of ${found.frame.name || "the rack"}`, "data-face": isRear ? "rear" : "front"}, ...made);
  }

  const own = (found, d, isRear) => found.ports.some((p) => p.device === d.local && p.isRear === isRear);

  function box(d, x, y, isHere, found, isRear, pick) {
    const size = Math.min(34, d.h * 0.62), room = Math.floor((d.w - 30) / (size * 0.56)), label = d.name.length > room ? d.name.slice(0, Math.max(1, room - 1)) + "…" : d.name;
    const choose = () => pick(d), tall = d.h > 3 * d.w;
    const g = RW.svg("g", {class: `dev ${d.css}${isHere ? "" : " behind"}`, "data-device": d.id, role: "button", tabindex: isHere ? "0" : "-1", "aria-label": RW.deviceWords(d, found.frame),
      on: {click: RW.move.click(choose), keydown: RW.move.enter(choose)}},
    RW.svg("title", {text: RW.deviceWords(d, found.frame)}), RW.svg("rect", {x: x, y: y, width: d.w, height: d.h}));
    const shown = found.ports.filter((p) => p.device === d.local && p.isRear === isRear && Number.isFinite(p.x) && Number.isFinite(p.z));
    if (!tall && d.css !== "blank" && (!shown.length || (d.h > 60 && shown[0].kind !== "cage"))) {
      g.append(RW.svg("text", {x: x + 14, y: y + (d.h > 90 ? size * 1.15 : d.h / 2 + size * 0.36), "font-size": size, text: label}));
    }
    const [wide, high] = sizes(shown);
    for (const p of shown) {
      const held = (at, from, size, own) => Math.max(from + own / 2 + 1, Math.min(from + size - own / 2 - 1, at));
      const px = held(isRear ? x + d.w - (p.x - d.x) : x + (p.x - d.x), x, d.w, wide), py = held(y + d.h - (p.z - d.z), y, d.h, high);
      const dot = RW.svg("rect", {class: "port " + p.kind, x: px - wide / 2, y: py - high / 2, width: wide, height: high, "data-port": p.name, on: {click: RW.move.click((event) => { event.stopPropagation(); RW.select.port(d, p); })}});
      dot.append(RW.svg("title", {text: p.name}));
      g.append(dot);
    }
    return g;
  }

  /* Width and height of a device's ports, mm: as large as leaves a gap between them. */
  function sizes(ports) {
    let wide = 14, high = 10;
    const apart = (fn) => ports.forEach((a, i) => ports.slice(i + 1).forEach((b) => fn(Math.abs(a.x - b.x), Math.abs(a.z - b.z))));
    apart((x, z) => { if (z < 8 && x > 1) wide = Math.min(wide, 0.85 * x); });
    wide = Math.max(3, wide);
    apart((x, z) => { if (x < wide && z > 1) high = Math.min(high, 0.85 * z); });
    return [wide, Math.max(3, high)];
  }

  /* Busbar and manifold over the trays, heights as in the tables, widths for the eye. */
  function over(found, left, top) {
    const f = found.frame, made = [];
    const strip = (css, at, wide, title) => {
      const r = RW.svg("rect", {class: css, x: left + f.width_mm - at[0] - wide / 2, y: top - at[2], width: wide, height: at[2] - at[1]});
      r.append(RW.svg("title", {text: title}));
      made.push(r);
    };
    if (found.over.busbar) strip("busbar", found.over.busbar, 30, "busbar");
    if (found.over.manifold) {
      const [x, low, high] = found.over.manifold;
      strip("riser-supply", [x - 22, low, high], 32, "coolant supply");
      strip("riser-return", [x + 22, low, high], 32, "coolant return");
    }
    return made;
  }

  function draw(stage, found, pick) {
    const f = found.frame, faces = RW.state.face === "both" ? [false, true] : [RW.state.face === "rear"], step = f.width_mm + 560;
    const what = `Rack ${f.name}. Plus and minus scale it, arrows move it.`;
    const root = RW.svg("svg", {class: "elevation", role: "group", "aria-label": what, tabindex: "0"}, ...faces.map((isRear, i) => face(found, isRear, 150 + i * step, pick)));
    stage.replaceChildren(root);
    sheet = RW.move.boxed(root, {x: 0, y: -300, w: 150 + (faces.length - 1) * step + f.width_mm + 420, h: f.height_mm + 360}, 250, () => undefined);
    sheet.fit();
    mark(stage);
  }

  function mark(stage) {
    for (const e of stage.querySelectorAll(".dev")) e.classList.toggle("chosen", Number(e.dataset.device) === RW.state.device);
  }

  return {of: of, draw: draw, mark: mark, sheet: () => sheet};
})();
