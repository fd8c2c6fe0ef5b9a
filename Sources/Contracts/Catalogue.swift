import CityModel

/// All that is known about the streams: the content of `Topics/`, checked.
public struct Catalogue: Sendable {
    public var root: String
    public var contracts: [TopicContract]
    public var themes: [ThemeDef]
    public var outputs: [OutputContract]
    public var places: PlaceTree
    public var sensors: [Sensor]
    /// Whose warning levels hold; nil where `city.yaml` names none.
    public var jurisdiction: Jurisdiction?
    /// Cameras whose boxes are watched for incidents, in the order of their ids.
    public var scenes: [CameraSceneDef] = []

    public func contract(_ name: String) -> TopicContract? { contracts.first { $0.name == name } }
    public func theme(_ name: String) -> ThemeDef? { themes.first { $0.name == name } }
    /// `summaries`, `alerts` or `dead-letters`; a loaded catalogue has all three.
    public func output(_ name: String) -> OutputContract? { outputs.first { $0.name == name } }

    /// Every topic that the hub reads or writes, with what Kafka needs to create it: the input topics in the order of
    /// contracts, then the outputs in the order of their names, each over the themes or input topics.
    public func topicsToCreate() -> [(topic: String, partitions: Int, config: [String: String])] {
        let inputs = contracts.map { ($0.topic, $0.partitions, $0.config) }
        let (themes, topics) = (themes.map(\.name), contracts.map(\.topic))
        return inputs
            + outputs.flatMap { o in o.topics(themes: themes, inputs: topics).map { ($0, o.partitions, o.config) } }
    }

    /// Loads and checks everything below `root`.
    /// - Throws: `ContractsError` with every mistake found.
    public static func load(_ root: String) throws(ContractsError) -> Catalogue {
        let (catalogue, problems) = CatalogueReader.read(root)
        guard let catalogue, problems.isEmpty else { throw ContractsError(problems: problems) }
        return catalogue
    }

    /// Every mistake below `root`, in the order of files and lines.
    public static func check(_ root: String) -> [Problem] { CatalogueReader.read(root).1 }
}
