extension TinyCity {
    /// How a `themes/city.yaml` of readings in windows of 1 and 5 minutes begins, up to its measures.
    static let themeHead = """
        version: 1
        title: { zh: 城, en: City }
        topics: [sensor-readings]
        pane: 1m
        windows:
          1m: { size: 1m }
          5m: { size: 5m, every: 1m }
        measures:

        """
}
