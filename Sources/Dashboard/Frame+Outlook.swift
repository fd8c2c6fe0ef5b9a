import CityModel
import HubAPI

/// What is expected of the shown place: a line a measure, and one before it where there is something to act on.
extension Painter {
    struct OutlookLine {
        var sign: Piece
        var pieces: [Piece]
    }

    /// Most telling first: what reaches a level, then what is odd, then the rest.
    func outlook(_ r: Board.Row) -> [OutlookLine] {
        let rank: (OutlookRow) -> Int = { $0.reach != nil ? 0 : $0.score?.odd == true ? 1 : 2 }
        return (r.outlook ?? []).enumerated().sorted {
            (rank($0.element), $0.offset) < (rank($1.element), $1.offset)
        }.flatMap { lines($0.element) }
    }

    private func lines(_ r: OutlookRow) -> [OutlookLine] {
        let text = OutlookText(state.lang, decimals: decimals(r.measure))
        let plain: Style = isOld ? .dimmed : .plain
        let info = state.board?.value.measures.first { $0.name == r.measure }
        let title = Piece(say(Words(info?.title ?? [:], fallback: r.measure)) + " " + r.window, plain, priority: 0)
        var news: [Piece] = []
        if let reach = r.reach { news.append(Piece(text.reach(reach), style(reach.severity, bold: true), priority: 1)) }
        if let s = r.score, s.odd { news.append(Piece(text.score(s), style(.yellow), priority: 2)) }
        var ahead = text.lack(r).map { [Piece($0, .dimmed, priority: 1)] } ?? []
        // Near and far matter more than what lies between.
        for (i, f) in r.forecasts.enumerated() {
            let priority = i == 0 ? 1 : i == r.forecasts.count - 1 ? 2 : 3 + i
            ahead.append(Piece(text.forecast(f), plain, priority: priority))
        }
        let mark = Piece("!", style(.yellow, bold: true))
        return (news.isEmpty ? [] : [OutlookLine(sign: mark, pieces: [title] + news)])
            + [OutlookLine(sign: Piece(">", .dimmed), pieces: [title] + ahead)]
    }

    mutating func drawOutlook(_ line: OutlookLine, y: Int) {
        put(line.sign.text, x: 2, y: y, style: line.sign.style)
        putLine(line.pieces, x: Painter.detailX, y: y)
    }
}
