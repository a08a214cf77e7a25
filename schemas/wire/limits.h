// Bounds of the wire, known to both sides. Raising one is a layout change: see README.md.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringside::wire {

// Lines with different writers stand 128 bytes apart: the prefetcher moves pairs of 64-byte lines. A constant of the layout, so it
// is spelled here and not taken from std::hardware_destructive_interference_size.
inline constexpr std::size_t kLineBytes = 64;
inline constexpr std::size_t kPairBytes = 128;

inline constexpr std::uint32_t kRingEntries = 64;           // requests and slots a channel; a power of two (index is a mask)
inline constexpr std::uint16_t kCallRowsMax = 4'096;        // a hard bound; the configured maximum (512 by default) is at most this
inline constexpr std::uint16_t kColumnsMax = 4'096;         // names in one client schema
inline constexpr std::uint32_t kRowNumbersMax = 65'535;     // values, margins or features a row: answers count them in 16 bits
inline constexpr std::size_t kNameBytesMax = 255;           // a field's name in a client schema
inline constexpr std::size_t kTextBytesMax = 4'096;         // one string value; a longer one is sent as refused(TOO_LONG)
inline constexpr std::size_t kRequestIdBytesMax = 64;
inline constexpr std::size_t kUserIdBytesMax = 128;
inline constexpr std::size_t kRouteKeyBytesMax = 128;
inline constexpr std::size_t kTraceIdBytesMax = 64;
inline constexpr std::size_t kVersionBytesMax = 128;
inline constexpr std::size_t kRouteTagsMax = 16;
inline constexpr std::size_t kRouteTagBytesMax = 128;       // "key=value"
inline constexpr std::size_t kTargetsMax = 8;
inline constexpr std::uint32_t kMetaBytesMax = 512 * 1024;  // call metadata of the largest call
inline constexpr std::uint32_t kExtrasMax = 65'536;         // named cells beside the handles, a call
inline constexpr std::uint8_t kRowErrorsMax = 32;           // field errors reported a row
inline constexpr std::size_t kErrorNameBytesMax = 64;       // of a caller's field name inside an error

inline constexpr std::size_t kInlineBytes = 64;             // a body or a result this small travels inside its line pair
inline constexpr std::uint32_t kInline = 0xFFFF'FFFF;       // body_offset: "in inline_body"

inline constexpr std::uint64_t kArenaBytesDefault = 8u << 20;  // request bytes and, apart, result bytes a channel; pages come on touch
inline constexpr std::uint64_t kArenaBytesMax = 256u << 20;
inline constexpr std::uint32_t kChannelsMax = 64;              // threads of one client process

}  // namespace ringside::wire
