extension TinyCity {
    /// A `themes/city.yaml` of rain sessions, one measure with a condition and one without.
    public static let sessionTheme = """
        version: 1
        title: { zh: 城, en: City }
        topics: [sensor-readings]
        pane: 1m
        windows:
          5m: { size: 5m }
          storm: { gap: 3m, reach: 40m }
        measures:
          storm:
            title: { zh: 降雨, en: Storm }
            kind: rainfall
            unit: mm
            windows: [storm]
            when: { above: 0 }
            aggregates: [sum, max, p50]
          any:
            title: { zh: 读数, en: Any reading }
            kind: rainfall
            unit: mm
            windows: [5m, storm]
            aggregates: [count]

        """
}
