extension TinyCity {
    /// A `themes/city.yaml` of indices: of travel times, and of vehicle-kilometres.
    public static let trafficTheme = themeHead + """
          tpi:
            title: { zh: 指数, en: Index }
            ratio: [travel_time, free_flow_time]
            index: { from: [1.0, 1.2, 1.5, 1.8, 2.1, 2.4], to: [0, 2, 4, 6, 8, 10], source: unverified }
            unit: "1"
            aggregates: [ratio, weighted, count]
          pti:
            title: { zh: 计划, en: Planning }
            kind: time_ratio
            unit: "1"
            aggregates: [p95, max]
          congestion:
            title: { zh: 占比, en: Share }
            congested: { from: 1.5, source: unverified }
            unit: "1"
            aggregates: [ratio, count]
          tti_travel:
            title: { zh: 时间比, en: Ratio }
            ratio: [vehicle_km_ratio, vehicle_km]
            unit: "1"
            aggregates: [ratio]

        """
}
