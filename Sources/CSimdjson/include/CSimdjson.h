int kapok_simdjson_version(void);
