import ArgumentParser
import Contracts
import Foundation
import Hub
import Logging
import Wire

/// What `kapok hub` and `kapok edge` say alike: where to serve, how often to commit; and serving until a signal.
struct ServeOptions: ParsableArguments {
    @Option(help: "Address to serve on.") var host = "127.0.0.1"
    @Option(help: "Write the port to this file once the hub serves.") var portFile: String?
    @Option(help: "Milliseconds between commits.") var commitInterval: Int64 = 1000
    @Option(
        help: "Let a partition that was read to its end rest so many ms; for brokers that answer empty fetches at once.")
    var idleFetch: Int64 = 0
    @Option(
        help: "Key file for pseudonyms, the same at edges and centre; without it, fields to be replaced are dropped.")
    var pseudonymKey: String?

    func validate() throws {
        guard (10...60_000).contains(commitInterval) else {
            throw ValidationError("--commit-interval must be from 10 to 60000 ms")
        }
        guard (0...10_000).contains(idleFetch) else { throw ValidationError("--idle-fetch must be from 0 to 10000 ms") }
    }

    static func check(port: Int) throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be from 0 to 65535") }
    }

    /// Runs a hub until a signal, or until it has ended by itself.
    /// - Returns: the hub, stopped.
    func serve(
        _ options: HubOptions, staticMembership: Bool = true, catalogue: Catalogue, db: String, port: Int, logger: Logger
    ) async throws -> Hub {
        let (host, portFile) = (host, portFile)
        let runner = try HubRunner(
            options, staticMembership: staticMembership, catalogue: catalogue, db: db, host: host, port: port,
            pseudonym: try pseudonymKey.map { try Pseudonym(keyFile: $0) }, logger: logger
        ) { port in
            logger.info("serving", metadata: ["url": "http://\(host):\(port)"])
            if let portFile {
                do { try "\(port)\n".write(toFile: portFile, atomically: true, encoding: .utf8) } catch {
                    logger.error("--port-file cannot be written: \(error)")
                }
            }
        }
        let hub = runner.hub
        let signals = StopSignals { hub.requestStop() }
        defer { withExtendedLifetime(signals) {} }
        try await runner.run()
        return hub
    }
}
