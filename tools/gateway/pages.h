// The two pages that the gateway carries inside: its own description (schemas/gateway.openapi.json) and docs.html. Written by CMake at build time
// (pages.cc.in).
#pragma once

#include <string_view>

namespace ringside::gateway {

extern const std::string_view kOpenApiJson;
extern const std::string_view kDocsHtml;

}  // namespace ringside::gateway
