extension TinyCity {
    /// A `themes/city.yaml` of measures that are made of others. The speeds of one street stand for rates.
    public static let composedTheme = themeHead + """
          worst:
            title: { zh: 最差, en: Worst }
            worst: [speed, slowest]
            unit: km/h
            levels: { direction: above, blue: 40, red: 70, source: unverified }
          jam:
            title: { zh: 堵, en: Jam }
            fuse:
              - { of: speed, source: loops, scale: { from: [10, 60], to: [1, 0] }, weight: 0.8 }
              - { of: slowest, source: cars, scale: { from: [5, 30], to: [1, 0] }, weight: 0.6 }
              - { of: level, value: last, source: gauge, scale: { from: [0, 1], to: [0, 1] }, weight: 0.5 }
            certainty: { source: unverified }
            levels: { direction: above, yellow: 0.5, red: 0.8, source: unverified }
          soon:
            title: { zh: 将至, en: Soon }
            time_to: { of: speed, rate: rise, level: next }
            levels: { direction: below, blue: 60, red: 10, source: unverified }
          speed:
            title: { zh: 车速, en: Speed }
            kind: speed
            unit: km/h
            aggregates: [mean, max]
            display: mean
            levels: { direction: above, blue: 30, red: 60, source: unverified }
          slowest:
            title: { zh: 最慢, en: Slowest }
            kind: speed
            unit: km/h
            aggregates: [min]
          rise:
            title: { zh: 变化, en: Change }
            kind: speed
            unit: km/h/min
            aggregates: [variance]
          level:
            title: { zh: 水, en: Water }
            kind: water_level
            unit: m
            aggregates: [max, last]
            display: max

        """
}
