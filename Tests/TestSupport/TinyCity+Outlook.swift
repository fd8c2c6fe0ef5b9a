extension TinyCity {
    /// A `themes/city.yaml` whose speed and water are forecast and scored.
    public static let outlookTheme = themeHead + """
          speed:
            title: { zh: 车速, en: Speed }
            kind: speed
            unit: km/h
            aggregates: [mean, count]
          water_level:
            title: { zh: 积水, en: Standing water }
            kind: water_level
            unit: m
            aggregates: [max]
            levels: { direction: above, blue: 0.1, yellow: 0.15, orange: 0.27, red: 0.4, source: unverified }
        outlook:
          window: 5m
          horizons: [15m, 30m, 60m]
          measures: [speed, water_level]
          history: 12
          anomaly: true
          threshold: 2.5

        """
}
