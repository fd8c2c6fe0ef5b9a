extern "C" int kapok_simdjson_version(void){return 1;}
