import AsyncHTTPClient
import CityModel
import Foundation
import HubAPI
import Synchronization

/// Notes the worst street that a hub has shown so far, for those who watch without a terminal.
final class IncidentWatch: Sendable {
    private let hub: String
    private let worst = Mutex<(severity: Severity, text: String)?>(nil)

    init(hub: String) { self.hub = hub }

    /// Asks for every theme's and district's board once.
    func look() async throws {
        let api = HubReader(hub)
        let places: PlacesResponse = try await api.get("/v1/places")
        let themes: ThemesResponse = try await api.get("/v1/themes")
        for theme in themes.themes {
            for district in places.places where district.level == .district {
                let board: Board = try await api.get("/v1/board?theme=\(theme.name)&place=\(district.code)&trend=1")
                for street in board.children { note(street, in: district, theme.name) }
            }
        }
    }

    private func note(_ row: Board.Row, in district: PlacesResponse.Item, _ theme: String) {
        guard let cell = row.cells.filter({ $0.severity >= .orange }).max(by: { $0.severity < $1.severity })
        else { return }
        worst.withLock { w in
            guard cell.severity > w?.severity ?? .unknown else { return }
            let value = cell.value.map { String(format: "%.2f", $0) } ?? "?"
            let unit = cell.unit == "1" ? "" : " " + cell.unit
            w = (
                cell.severity,
                "\(theme): \(district.name) \(row.name) (\(row.nameEn)): \(cell.measure) \(value)\(unit), "
                    + cell.severity.rawValue
            )
        }
    }

    var seen: Bool { worst.withLock { $0 != nil } }
    var verdict: String { worst.withLock { $0.map { "Incident seen. " + $0.text } ?? "No incident was seen." } }
}
