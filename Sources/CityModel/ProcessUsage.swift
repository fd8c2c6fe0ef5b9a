import Foundation

/// CPU time of this process so far, user and system, seconds.
public func cpuSeconds() -> Double {
    var u = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &u)
    func s(_ t: timeval) -> Double { Double(t.tv_sec) + Double(t.tv_usec) / 1e6 }
    return s(u.ru_utime) + s(u.ru_stime)
}

/// The most memory that this process has held, KiB.
///
/// From the kernel's high-water mark of this program: the one that `getrusage` gives begins with that of the process
/// which started it.
public func maxResidentKiB() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    for line in status.split(separator: "\n") where line.hasPrefix("VmHWM:") {
        if let n = line.split(separator: " ").compactMap({ Int($0) }).first { return n }
    }
    var u = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &u)
    return Int(u.ru_maxrss)
}
