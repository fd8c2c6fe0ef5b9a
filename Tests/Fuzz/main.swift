// `kapok-fuzz TARGET [libFuzzer's options] [corpus folders]`; see scripts/fuzz.sh.
import CLibFuzzer
import Foundation
import FuzzChecks

let name = CommandLine.arguments.dropFirst().first ?? ""
guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
    print(FuzzTarget.all.map(\.name).joined(separator: "\n"))
    exit(name == "--list" ? 0 : 2)
}
// libFuzzer's callback has no context of its own, and everything is called from one thread.
nonisolated(unsafe) let check = try target.make()

// The target's name is not for libFuzzer: the program's name takes its place.
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
CommandLine.unsafeArgv[1] = CommandLine.unsafeArgv[0]
var count = CommandLine.argc - 1
exit(
    LLVMFuzzerRunDriver(&count, &arguments) { data, size in
        do {
            try check(Array(UnsafeBufferPointer(start: data, count: size)))
        } catch {
            fatalError("\(error)")
        }
        return 0
    })
