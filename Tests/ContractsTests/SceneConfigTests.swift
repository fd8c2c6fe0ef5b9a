import Contracts
import Testing

/// Cameras' scenes and the rules of their boxes.
@Suite struct SceneConfigTests {
    static let file = "sensors/scenes.yaml"
    static let sound = """
        cam-1:
          carriageway: [0, 0, 10, 0, 10, 10]
          stop_line: [5, 10]
          direction: [0, 1]
          metres_per_pixel: 0.1
          spill_back: 40
          source: x

        """

    func problems(_ scene: String) throws -> [String] { try TopicsFixture([Self.file: scene]).problems }
    /// A camera of the fixture's registry.
    func camera() throws -> String {
        let fixture = try TopicsFixture()
        return try withExtendedLifetime(fixture) {
            try #require(try Catalogue.load(fixture.root).sensors.first { $0.kind == "persons" }).id
        }
    }

    @Test func `a scene is read, and there need be none`() throws {
        let id = try camera()
        let fixture = try TopicsFixture([Self.file: Self.sound.replacing("cam-1", with: id)])
        let scene = try #require(try Catalogue.load(fixture.root).scenes.first)
        #expect(scene.camera == id && scene.carriageway.count == 3 && scene.stopLine == .init(5, 10))
        let plain = try TopicsFixture()
        #expect(try Catalogue.load(plain.root).scenes.isEmpty)
        withExtendedLifetime((fixture, plain)) {}
    }

    @Test(arguments: [
        ("carriageway: [0, 0, 10, 0, 10, 10]", "carriageway: [0, 0, 10, 0]", 2, "`carriageway` must be pixels"),
        ("carriageway: [0, 0, 10, 0, 10, 10]", "carriageway: [0, 0, 10, 0, 10]", 2, "`carriageway` must be pixels"),
        ("stop_line: [5, 10]", "stop_line: [5]", 3, "`stop_line` must be pixels"),
        ("direction: [0, 1]", "direction: [0, 0]", 4, "`direction` leads nowhere"),
        ("metres_per_pixel: 0.1", "metres_per_pixel: 0", 5, "`metres_per_pixel` must be a number"),
        ("  metres_per_pixel: 0.1\n", "", 1, "`metres_per_pixel` is missing"),
        ("spill_back: 40", "spill_back: far", 6, "`spill_back` must be a number"),
        ("source: x", "sources: x", 7, "unknown key `sources`"),
    ])
    func `mistakes are told with their line`(old: String, new: String, line: Int, says: String) throws {
        let found = try problems(Self.sound.replacing("cam-1", with: try camera()).replacing(old, with: new))
        #expect(found.contains { $0.hasPrefix("\(Self.file):\(line): ") && $0.contains(says) }, "\(found)")
    }

    @Test func `a scene is of a camera of the registry`() throws {
        let found = try problems(Self.sound.replacing("cam-1", with: "nobody"))
        #expect(found.count == 1 && found[0].hasPrefix("\(Self.file):1: `nobody` is no camera"), "\(found)")
    }

    @Test(arguments: [
        ("video: { source: x }", "inputs/v.yaml", ""), ("video: { source: x }", "inputs/a.yaml", "needs format deepstream"),
        ("video: { stopped_after: 0s, source: x }", "inputs/v.yaml", "longer than 0"),
        ("video: { queue_least: 0, source: x }", "inputs/v.yaml", "`queue_least` must be a whole number"),
        ("video: { still: 1, source: x }", "inputs/v.yaml", "unknown key `still`"),
        ("video: {}", "inputs/v.yaml", "`source` is missing"),
    ])
    func `rules of boxes are told their mistakes`(line: String, file: String, says: String) throws {
        let found = try TopicsFixture([file: (TopicsFixture.files[file] ?? "") + line + "\n"]).problems
        if says.isEmpty { return #expect(found == []) }
        #expect(found.contains { $0.hasPrefix(file) && $0.contains(says) }, "\(found)")
    }
}
