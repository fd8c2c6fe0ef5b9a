import CityModel
import HubAPI

/// A text in both languages.
struct Words: Sendable, Hashable {
    var zh: String
    var en: String

    init(_ zh: String, _ en: String) {
        self.zh = zh
        self.en = en
    }
    /// From titles by language; `fallback` where one is missing.
    init(_ titles: [String: String], fallback: String) {
        zh = titles["zh"] ?? titles["en"] ?? fallback
        en = titles["en"] ?? titles["zh"] ?? fallback
    }

    subscript(_ lang: Language) -> String { lang == .zh ? zh : en }
}

extension Words {
    static let live = Words("LIVE 在线", "LIVE")
    static let offline = Words("OFFLINE 离线", "OFFLINE")
    static let connecting = Words("CONNECTING 连接中", "CONNECTING")
    static let loading = Words("LOADING 加载中", "LOADING")
    static let behind = Words("BEHIND 滞后", "BEHIND")
    static let dataBehind = Words("数据落后于现在", "the data is behind the present by")
    static let noFeed = Words("NO FEED 断源", "NO FEED")
    static let stale = Words("STALE 陈旧", "STALE")

    static let clock = Words("时钟", "Clock")
    static let watermark = Words("水位线", "Watermark")
    static let broker = Words("消息源", "Broker")
    static let lag = Words("积压", "Lag")
    static let rate = Words("事件/秒", "Events/s")
    static let dead = Words("死信", "Dead")
    static let late = Words("迟到", "Late")
    static let hub = Words("中枢", "Hub")
    static let up = Words("正常", "up")
    static let down = Words("中断", "DOWN")
    static let connectingBroker = Words("连接中", "connecting")
    static let none = Words("无", "none")

    static let level = Words("级别", "Level")
    static let place = Words("地区", "Place")
    static let coverage = Words("覆盖", "Cover")
    static let below = Words("下级", "Below")
    static let age = Words("时效", "Age")
    static let since = Words("自", "Since")
    static let measure = Words("指标", "Measure")
    static let window = Words("窗口", "Window")
    static let value = Words("数值", "Value")
    static let status = Words("状态", "Status")
    static let sensors = Words("传感器", "Sensors")
    static let events = Words("事件数", "Events")
    static let allNormal = Words("全部正常", "All normal")
    static let noData = Words("尚无数据", "No data yet")
    static let waiting = Words("等待中枢的数据…", "Waiting for the hub's data")
    static let lowest = Words("街道是最低一级", "A street is the lowest level")
    static let otherBoard = Words("中枢给出了另一个地区或专题", "The hub answered with another place or theme")
    static let unknownPlaces = Words("未知", "unknown")
    static let sinceOffline = Words("自", "since")
    static let lastContact = Words("上次联系", "last contact")
    static let never = Words("从未连上", "never reached")
    static let retryIn = Words("后重试", "retry in")
    static let oldValues = Words("以下为旧数据", "values below are old")
    static let sortWorst = Words("最严重优先", "worst first")
    static let sortCode = Words("按代码", "by code")
    static let tooSmall = Words("终端太小", "Terminal too small")
    static let needs = Words("至少需要", "needs at least")
    static let provisional = Words("暂定", "provisional")
    static let complete = Words("完成", "complete")
    static let revised = Words("已修订", "revised")
    static let help = Words("帮助", "Help")
    static let closeHelp = Words("按任意键返回", "Any key closes this")
    static let until = Words("至", "until")

    static let quality = Words("可信", "Quality")
    static let flagged = Words("存疑", "Flagged")
    static let silent = Words("无声", "silent")

    static func flag(_ f: SensorFlag) -> Words {
        switch f {
        case .stuck: Words("卡滞", "stuck")
        case .jump: Words("跳变", "jumping")
        case .off: Words("偏离", "off")
        case .disagree: Words("不一致", "disagreeing")
        }
    }

    static func agreement(_ a: SensorFindings.Agreement.Status) -> Words {
        switch a {
        case .agree: Words("一致", "agree")
        case .disagree: Words("互不一致", "they disagree:")
        case .unconfirmed: Words("无从印证", "unconfirmed:")
        }
    }

    static func severity(_ s: Severity) -> Words {
        switch s {
        case .unknown: Words("未知", "Unknown")
        case .normal: Words("正常", "Normal")
        case .blue: Words("一般", "Minor")
        case .yellow: Words("较重", "Moderate")
        case .orange: Words("严重", "Severe")
        case .red: Words("特别严重", "Extreme")
        }
    }

    static func status(_ s: WindowStatus) -> Words {
        switch s {
        case .provisional: provisional
        case .complete: complete
        case .revised: revised
        }
    }

    /// Key hints in the order in which they are given up on a narrow terminal, last first.
    static let hints: [(keys: String, what: Words)] = [
        ("q", Words("退出", "quit")), ("?", help), ("Enter", Words("下钻", "open")), ("Esc", Words("返回", "back")),
        ("1-9", Words("专题", "theme")), ("j/k", Words("选择", "move")), ("s", Words("排序", "sort")),
        ("L", Words("English", "中文")),
    ]

    static let keys: [(keys: String, what: Words)] = [
        ("j k, arrows", Words("上下选择", "move the selection")),
        ("g G, Home End", Words("首行 / 末行", "first / last row")),
        ("Ctrl-D Ctrl-U, PgDn PgUp", Words("翻页", "page down / up")),
        ("Enter, l, right", Words("下钻到街道", "open the selected place's streets")),
        ("Esc, h, left", Words("返回上级", "back to the place above")),
        ("1-9, Tab", Words("切换专题", "switch theme")),
        ("s", Words("排序：按代码 / 最严重优先", "sort by code / worst first")),
        ("L", Words("中文 / English", "Chinese / English")),
        ("?", Words("本帮助", "this help")),
        ("q, Ctrl-C", Words("退出", "quit")),
    ]

    static let legend: [(sign: String, what: Words)] = [
        ("~", Words("暂定：窗口尚未完成", "provisional: the window is not complete")),
        ("+", Words("已修订：完成后又有迟到数据", "revised: changed after it was complete")),
        ("?", Words("未知：没有新数据，不等于正常", "unknown: no fresh data; not the same as normal")),
        ("<16:05", Words("此刻之前已是该级别", "at this level since before that time")),
        ("12/14", Words("报告的 / 应有的传感器", "sensors reporting / expected")),
        ("+15m", Words("预测值 (区间)，旁为沿用现值的误差", "forecast (interval), the last value's error beside")),
    ]
}
