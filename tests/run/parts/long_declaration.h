// For header_same_offset.gc: one construct, and a declaration at whose offsets that file declares.
static inline void put(chan<int> c, int value)
{
    c <- value;
}

static const char *const long_declaration[] = {
    "what stands here", "takes room,", "so that", "some declaration", "of the file", "that includes",
    "this header", "has its name", "at an offset", "that lies", "in here, whatever", "the comments",
    "at the head of", "that file say,", "since this goes on", "for a thousand bytes",
    "................................................................................",
    "................................................................................",
    "................................................................................",
    "................................................................................",
    "................................................................................",
};
