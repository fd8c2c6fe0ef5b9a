#!/usr/bin/env python3
"""Turns a table of loop-detector speeds into sensor readings on the streets of a places file.

  loops-to-jsonl.py TABLE.csv.gz PLACES.csv OUT_DIR [--steps 288] [--start 2012-03-01T08:00:00Z]

TABLE: a header of sensor ids, then one row a 5-minute step, mph, 0 = missing. Writes OUT_DIR/readings.jsonl and the
registry OUT_DIR/loops.csv: the i-th sensor stands in the i-th street, modulo their number.
"""
import argparse
import csv
import datetime
import gzip
import os

a = argparse.ArgumentParser()
a.add_argument("table")
a.add_argument("places")
a.add_argument("out")
a.add_argument("--steps", type=int, default=288)
a.add_argument("--start", default="2012-03-01T08:00:00Z")
o = a.parse_args()
with open(o.places, encoding="utf-8") as f:
    streets = [r["code"] for r in csv.DictReader(f) if r["level"] == "street"]
start = datetime.datetime.fromisoformat(o.start.replace("Z", "+00:00"))
os.makedirs(o.out, exist_ok=True)
n = 0
with gzip.open(o.table, "rt") as f, open(os.path.join(o.out, "readings.jsonl"), "w") as out:
    rows = csv.reader(f)
    ids = ["la-" + i for i in next(rows)]
    for step, row in enumerate(rows):
        if step == o.steps:
            break
        ts = (start + datetime.timedelta(minutes=5 * step)).strftime("%Y-%m-%dT%H:%M:%SZ")
        for i, mph in enumerate(row):
            if float(mph) > 0:
                out.write(
                    f'{{"id":"la-{n}","sensor":"{ids[i]}","street":"{streets[i % len(streets)]}","kind":"speed",'
                    f'"value":{mph},"unit":"mph","ts":"{ts}"}}\n'
                )
                n += 1
with open(os.path.join(o.out, "loops.csv"), "w") as out:
    out.write("id,kind,device,street,unit,interval_s,owner,free_flow_kmh,length_m,area_m2\n")
    for i, sensor in enumerate(ids):
        out.write(f"{sensor},speed,loop,{streets[i % len(streets)]},mph,300,Guangzhou Traffic Police,100,500,\n")
print(f"{n} readings of {len(ids)} sensors")
