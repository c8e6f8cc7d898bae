"use strict";
/* Devices and ports by number and by name, as labels, cut sheets and port maps write them (schema/ends.py and schema/plugs.py say how). */
RW.names = (function () {
  let t, designs, rackAt, nic, own, stock, nicIn, ownIn, byDevice;

  /* Names of racks, and what stands in each: needed at once. */
  function start(tables) {
    t = tables;
    rackAt = new Map(t.racks.name.map((n, i) => [n, i]));
    designs = new Map();
    const many = new Map();
    for (let i = 0; i < t.design_devices.rows; i++) {
      const d = t.design_devices.design_id[i], key = d + "/" + t.design_devices.position_u[i];
      if (!designs.has(d)) designs.set(d, []);
      designs.get(d).push({name: t.design_devices.name[i], part: t.design_devices.part[i], u: t.design_devices.position_u[i], key: key});
      many.set(key, (many.get(key) || 0) + 1);
    }
    for (const devices of designs.values()) for (const d of devices) d.isAlone = d.u >= 0 && many.get(d.key) === 1;
    stock = new Map();
    for (let i = 0; i < t.switches.rows; i++) {
      const r = t.switches.rack_id[i];
      if (!stock.has(r)) stock.set(r, []);
      stock.get(r).push(RW.index.switch_first + i);
    }
    nic = null;
  }

  /* Printed ports: needed before the first cable is named. */
  async function ports() {
    if (nic) return;
    const got = await RW.loadAll(["nic_ports", "switch_ports", "outside_ports"]);
    nicIn = got.nic_ports;
    ownIn = got.switch_ports;
    const counts = new Map(), key = (i) => [nicIn.fabric_id[i], nicIn.design_id[i], nicIn.device[i], nicIn.plug[i]].join("|");
    for (let i = 0; i < nicIn.rows; i++) counts.set(key(i), (counts.get(key(i)) || 0) + 1);
    const made = new Map();
    for (let i = 0; i < nicIn.rows; i++) {
      made.set([nicIn.fabric_id[i], nicIn.design_id[i], nicIn.device[i], nicIn.port[i]].join("|"), {port: nicIn.name[i], plug: nicIn.plug[i],
        ports: counts.get(key(i)), cage: -1, connector: nicIn.connector[i], z: nicIn.z_mm[i], row: i});
    }
    const same = new Map(), cage = (i) => [ownIn.fabric_id[i], ownIn.tier[i], ownIn.side[i], ownIn.part[i], ownIn.speed_gbps[i], ownIn.plug[i]].join("|");
    for (let i = 0; i < ownIn.rows; i++) same.set(cage(i), (same.get(cage(i)) || 0) + 1);
    own = new Map();
    for (let i = 0; i < ownIn.rows; i++) {
      own.set([ownIn.fabric_id[i], ownIn.tier[i], ownIn.side[i], ownIn.part[i], ownIn.speed_gbps[i], ownIn.port[i]].join("|"), {port: ownIn.name[i],
        plug: ownIn.plug[i], ports: same.get(cage(i)), cage: ownIn.cage[i], connector: ownIn.connector[i], z: ownIn.z_mm[i], row: i});
    }
    byDevice = new Map();
    const out = got.outside_ports;
    for (let i = 0; i < out.rows; i++) {
      if (!byDevice.has(out.device_id[i])) byDevice.set(out.device_id[i], []);
      byDevice.get(out.device_id[i]).push({port: out.name[i], leads: out.leads_to[i], module: out.module[i], cage: out.cage[i]});
    }
    nic = made;
  }

  const outside = (id) => byDevice.get(id) || [];

  /* What a device id of the campus means. */
  function device(id) {
    const first = RW.index.switch_first;
    let made;
    if (id >= first) {
      const i = id - first, s = t.switches;
      if (i >= s.rows) return null;
      const rack = s.rack_id[i], u = s.position_u[i];
      made = {id: id, isSwitch: true, rack: rack, design: -1, local: -1, name: s.name[i], part: s.part[i], u: u, height: s.height_u[i], fabric: s.fabric_id[i],
        tier: s.tier[i], pod: s.pod[i], plane: s.plane[i], rail: s.rail[i], isAlone: true};
    } else {
      const rack = rackOf(id);
      if (rack < 0) return null;
      const local = id - t.racks.device_first[rack], d = (designs.get(t.racks.design_id[rack]) || [])[local];
      if (!d) return null;
      made = {id: id, isSwitch: false, rack: rack, design: t.racks.design_id[rack], local: local, name: d.name, part: d.part, u: d.u, isAlone: d.isAlone, pod: t.racks.pod[rack]};
    }
    made.rackName = t.racks.name[made.rack];
    made.end = made.rackName + "-" + (made.isAlone && made.u >= 0 ? String(made.u).padStart(2, "0") : made.name);
    made.order = (t.racks.hall_id[made.rack] * 2 ** 28 + t.racks.row[made.rack] * 2 ** 14 + t.racks.position[made.rack]) * 256 + Math.max(made.u, 0);
    return made;
  }

  /* The rack of a host: the last whose devices begin at or before it. */
  function rackOf(id) {
    const first = t.racks.device_first, ids = own_racks();
    let low = 0, high = ids.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (first[ids[middle]] <= id) low = middle + 1; else high = middle;
    }
    return low ? ids[low - 1] : -1;
  }

  function own_racks() {
    if (!t.hostRacks) t.hostRacks = Array.from({length: t.racks.rows}, (_, i) => i).filter((i) => t.racks.device_first[i] >= 0 && (designs.get(t.racks.design_id[i]) || []).length);
    return t.hostRacks;
  }

  /* Ids of all devices of a rack, bottom up as in its design. */
  function devicesOf(rack) {
    const design = t.racks.design_id[rack];
    if (design < 0) return stock.get(rack) || [];
    return (designs.get(design) || []).map((_, i) => t.racks.device_first[rack] + i);
  }

  /* One end of a link: device, printed port, cage, and the names `end:port`, `end:plug`. */
  function end(link, side) {
    const at = device(link[side]), number = link[side + "_port"];
    const found = (!at.isSwitch && nic.get([link.fabric, at.design, at.local, number].join("|")))
      || own.get([link.fabric, link.tier, side, at.part, link.speed, number].join("|")) || {port: String(number), plug: String(number), ports: 1, cage: -1, connector: "", z: -1};
    return {device: at, number: number, port: found.port, plug: found.plug, cagePorts: found.ports, cage: found.cage, connector: found.connector, z: found.z,
      name: at.end + ":" + found.port, cageName: at.end + ":" + found.plug};
  }

  /* A cable from its links (sorted by leg): its label, and each link with `a`, `b` ends that know their plug. A trunk gives every link a jumper. */
  function cable(links, isTrunk) {
    const rows = links.map((l) => Object.assign({}, l, {ends: {a: end(l, "a"), b: end(l, "b")}}));
    for (const side of ["a", "b"]) {
      const groups = new Map();
      for (const r of rows) {
        const cage = isTrunk ? r.ends[side].name : r.ends[side].cageName;
        if (!groups.has(cage)) groups.set(cage, []);
        groups.get(cage).push(r.ends[side]);
      }
      for (const [cage, ends] of groups) for (const [i, e] of ends.entries()) {
        const whole = ends.length >= e.cagePorts ? cage : ends[0].name;
        e.plugName = rows[0].leg > 0 && ends.length > 1 ? whole : e.name;
        e.isFirst = i === 0 || e.plugName === e.name;
      }
    }
    const a = rows[0].ends.a, b = rows[0].ends.b;
    const isSwapped = b.device.order < a.device.order || (b.device.order === a.device.order && b.number < a.number);
    return {label: isSwapped ? b.plugName + "--" + a.plugName : a.plugName + "--" + b.plugName, links: rows};
  }

  /* Devices that a text like `H01.AA05-03` or `H01.AA05-03:1/1` begins with, the longest name first. */
  function devicesNamed(text) {
    const found = [];
    for (let at = text.indexOf("-"); at > 0; at = text.indexOf("-", at + 1)) {
      const rack = rackAt.get(text.slice(0, at));
      if (rack === undefined) continue;
      for (const id of devicesOf(rack)) {
        const d = device(id);
        if (text === d.end || text.startsWith(d.end + ":")) found.push(d);
      }
    }
    return found.sort((x, y) => y.end.length - x.end.length);
  }

  return {start: start, ports: ports, device: device, devicesOf: devicesOf, cable: cable, end: end, devicesNamed: devicesNamed, outside: outside,
    rack: (name) => rackAt.get(name), switchPorts: () => ownIn, nicPorts: () => nicIn};
})();
