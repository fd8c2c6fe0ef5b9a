import CRdkafka

/// Keeps freed memory for the next fetch instead of giving it back to the system: a consumer gets and frees large buffers
/// all the time, and fresh pages cost more than they are worth. Bounded by what was once in use together. For the start of
/// a process that consumes for long; does nothing where the C library has no such setting.
public func keepFreedMemory() { kapok_keep_freed_memory() }
