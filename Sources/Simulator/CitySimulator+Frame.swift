/// A moving object in a camera's view, by slot: each lives 20 to 60 s, then another takes its place.
private struct Track {
    var id: UInt64
    /// Share of its way through the picture, 0...1.
    var progress: Double
    var look: UInt64

    init(_ s: Source, slot: Int, sinceStartMs: Int64) {
        let own = Mixing.mix(s.device, UInt64(slot))
        let life = 20_000 + Int64(own % 40_000)
        let age = sinceStartMs + 86_400_000 + Int64((own >> 20) % 60_000)
        let (turn, r) = (age / life, age % life)
        id = UInt64(turn) * 4096 + UInt64(slot)
        progress = Double(r) / Double(life)
        look = Mixing.mix(own, UInt64(turn))
    }

    /// A vehicle of the group's, which takes `across` ms through the picture.
    init(_ v: GroupVehicle, at ms: Int64, across: Int64) {
        id = v.id
        progress = min(1, Double(ms - v.second * 1000) / Double(max(1, across)))
        look = Mixing.mix(v.id, 0x100c)
    }
}

private enum Looks {
    static let types: [StaticString] = ["sedan", "suv", "van", "truck", "bus", "motorcycle"]
    static let makes: [StaticString] = ["BYD", "GAC", "Toyota", "Honda", "Volkswagen", "Geely", "Tesla", "SAIC"]
    static let colors: [StaticString] = ["white", "black", "silver", "blue", "red", "grey"]
    static let plate: [UInt8] = Array("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789".utf8)

    /// A number plate of Guangzhou, made up.
    static func plate(_ look: UInt64, _ w: inout ByteWriter) {
        w.text("粤A")
        var x = look
        for _ in 0..<5 {
            w.byte(plate[Int(x % 34)])
            x /= 34
        }
    }
}

extension CitySimulator {
    /// Room for an object of the minimal schema beside its class name: people have no attributes.
    private static let personRoom = 64
    private static let vehicleRoom = 160

    /// Writes a DeepStream message into the scratch buffer.
    /// - Returns: its length.
    mutating func writeFrame(
        _ s: Source, _ i: Int, _ ordinal: Int64, _ eventMs: Int64, _ sentMs: Int64, _ o: StreetState,
        _ r: inout SplitMix
    ) -> Int {
        let wrongWay = o.wrongWay > 0.5 && (o.wrongWayDevice == 0 || o.wrongWayDevice == s.device)
        if s.full { return writeFull(s, i, ordinal, eventMs, sentMs, o, wrongWay, &r) }
        if s.scene >= 0, s.group == 0, !s.countsPersons {
            return writeScene(s, i, ordinal, eventMs, sentMs, o, wrongWay: wrongWay)
        }
        let names = sources.classes[Int(s.contract)]
        let vehicleRoom = Self.vehicleRoom + names.vehicle.count
        let personRoom = Self.personRoom + names.person.count
        // A message stays below the contract's limit, whatever is in view.
        let room = Int(s.maxBytes) - 400 - s.head.count
        let mostVehicles = Double(max(0, min(60, room / vehicleRoom)))
        let across = viewMs(s)
        let passing = s.group != 0 ? groupVehicles(s, after: eventMs - across, through: eventMs) : []
        var vehicles = s.group != 0 ? min(Int(mostVehicles), passing.count)
            : s.countsVehicles ? Int(min(mostVehicles, Signals.vehiclesInView(s, o, &r))) : 0
        if wrongWay, s.group == 0 { vehicles = max(1, vehicles) }
        let free = (room - vehicles * vehicleRoom) / personRoom
        let people = s.countsPersons ? Int(min(Double(max(0, min(free, 4000))), Signals.people(s, o, eventMs, &r))) : 0
        reserve(s.head.count + people * personRoom + vehicles * vehicleRoom + 400)
        let (run, withTime, since) = (run, config.includeRecordTime, eventMs - config.start.ms)
        return sources.bytes.withUnsafeBufferPointer { constant in
            scratch.withUnsafeMutableBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return 0 }
                var w = ByteWriter(base)
                w.text("{\"version\":\"4.0\",\"id\":\"")
                w.eventID(run, i, ordinal)
                w.text("\",\"@timestamp\":\"")
                stamp.write(eventMs + s.skewMs, &w)
                w.bytes(constant, s.head)
                for slot in 0..<vehicles {
                    if slot > 0 { w.byte(44) }
                    let t = s.group != 0
                        ? Track(passing[slot], at: eventMs, across: across) : Track(s, slot: slot, sinceStartMs: since)
                    // Odd slots drive from right to left; so does who drives on the wrong side.
                    let left = (slot % 2 == 1) != (wrongWay && slot == 0)
                    w.box(t, left: left, lane: slot, width: 180, height: 120)
                    w.bytes(names.vehicle)
                    w.text("|#|")
                    w.text(Looks.types[Int(t.look % 6)])
                    w.byte(124)
                    w.text(Looks.makes[Int((t.look >> 8) % 8)])
                    w.text("||")
                    w.text(Looks.colors[Int((t.look >> 16) % 6)])
                    w.byte(124)
                    Looks.plate(t.look >> 20, &w)
                    w.text("|Guangdong|0.")
                    w.integer(80 + Int64(t.look >> 58) % 20)
                    w.byte(34)
                }
                for slot in 0..<people {
                    if slot + vehicles > 0 { w.byte(44) }
                    let t = Track(s, slot: 100 + slot, sinceStartMs: since)
                    w.box(t, left: slot % 2 == 1, lane: slot, width: 36, height: 96)
                    w.bytes(names.person)
                    w.byte(34)
                }
                // Standing water fills the road's foot of the picture from about 0.15 m on.
                if s.seesWater, o.flood > 0.25 {
                    if people + vehicles > 0 { w.byte(44) }
                    w.text("\"1|0|640|1919|1079|")
                    w.bytes(names.water)
                    w.byte(34)
                }
                w.byte(93)
                if withTime { w.recordTime(sentMs) }
                w.byte(125)
                return w.count
            }
        }
    }

    /// The full schema: one object a message.
    private mutating func writeFull(
        _ s: Source, _ i: Int, _ ordinal: Int64, _ eventMs: Int64, _ sentMs: Int64, _ o: StreetState, _ wrongWay: Bool,
        _ r: inout SplitMix
    ) -> Int {
        let names = sources.classes[Int(s.contract)]
        reserve(s.head.count + s.middle.count + names.fullVehicle.count + 800)
        let speed = Int64(max(0, Signals.speed(s, o) * (1 + 0.1 * r.bell()) * 10))
        let slot = Int(r.next() % 4)
        // Even slots are lanes that lead to 90 degrees, odd ones to 270; who drives wrongly does the opposite.
        let t = Track(s, slot: slot, sinceStartMs: eventMs - config.start.ms)
        let left = (slot % 2 == 1) != wrongWay
        let (run, withTime) = (run, config.includeRecordTime)
        return sources.bytes.withUnsafeBufferPointer { constant in
            scratch.withUnsafeMutableBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return 0 }
                var w = ByteWriter(base)
                w.text("{\"messageid\":\"")
                w.eventID(run, i, ordinal)
                w.text("\",\"mdsversion\":\"1.0\",\"@timestamp\":\"")
                stamp.write(eventMs + s.skewMs, &w)
                w.bytes(constant, s.head)
                w.integer(Int64(bitPattern: t.id))
                w.text("\",\"speed\":")
                w.fixed(speed, 1)
                w.text(",\"direction\":")
                w.text(left ? "270.0" : "90.0")
                w.text(",\"orientation\":")
                w.text(left ? "270.0" : "90.0")
                w.text(",\"")
                w.bytes(names.fullVehicle)
                w.text("\":{\"type\":\"")
                w.text(Looks.types[Int(t.look % 6)])
                w.text("\",\"make\":\"")
                w.text(Looks.makes[Int((t.look >> 8) % 8)])
                w.text("\",\"model\":\"\",\"color\":\"")
                w.text(Looks.colors[Int((t.look >> 16) % 6)])
                w.text("\",\"license\":\"")
                Looks.plate(t.look >> 20, &w)
                w.text("\",\"licenseState\":\"Guangdong\",\"confidence\":0.")
                w.integer(80 + Int64(t.look >> 58) % 20)
                w.text("},\"bbox\":{\"topleftx\":")
                let x = Int64((left ? 1 - t.progress : t.progress) * 1740)
                let y = Int64(400 + slot * 120)
                w.integer(x)
                w.text(",\"toplefty\":")
                w.integer(y)
                w.text(",\"bottomrightx\":")
                w.integer(x + 180)
                w.text(",\"bottomrighty\":")
                w.integer(y + 120)
                w.bytes(constant, s.middle)
                w.eventID(~run, i, ordinal)
                w.text("\",\"type\":\"")
                w.text(wrongWay ? "wrong-way" : "moving")
                w.text("\"},\"videoPath\":\"\"")
                if withTime { w.recordTime(sentMs) }
                w.byte(125)
                return w.count
            }
        }
    }
}

extension ByteWriter {
    /// `"id|left|top|right|bottom|`
    @inline(__always) fileprivate mutating func box(_ t: Track, left: Bool, lane: Int, width: Int64, height: Int64) {
        let x = Int64((left ? 1 - t.progress : t.progress) * Double(1920 - width))
        let y = Int64(200 + (lane * 37) % 700)
        byte(34)
        integer(Int64(bitPattern: t.id))
        byte(124)
        integer(x)
        byte(124)
        integer(y)
        byte(124)
        integer(x + width)
        byte(124)
        integer(y + height)
        byte(124)
    }
}
