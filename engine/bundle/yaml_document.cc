#include <simdjson.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <istream>
#include <streambuf>

#include "engine/bundle/document.h"
#include "engine/bundle/problem.h"

namespace ringside::engine {
namespace {

constexpr std::size_t kDepthMax = 64;

std::string at_line(const YAML::Mark& mark) { return "line " + std::to_string(mark.line + 1); }

// Thrown by the handler through yaml-cpp, caught below: the only way to stop its parser.
struct Refused {
  DocumentError error;
};

// yaml-cpp's events → nodes. The event interface, not YAML::Node: a Node forgets anchors, tags and what was quoted.
class Builder : public YAML::EventHandler {
 public:
  DocumentNode root;
  bool complete = false;

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override { complete = true; }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    place(mark, DocumentNode{});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse("values written out, no aliases", "an alias, " + at_line(mark));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    DocumentNode node;
    node.kind = DocumentNode::Kind::kText;
    node.text = value;
    place(mark, std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, DocumentNode::Kind::kList);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, DocumentNode::Kind::kMap);
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  // A list or map that is not closed yet. Nodes are appended to their parents when they begin; a parent is not appended to while
  // a child is open, so the pointers stay good.
  struct Open {
    DocumentNode* node;
    bool expects_key;  // maps take key, value, key, value
  };

  [[noreturn]] static void refuse(std::string expected, std::string found) {
    throw Refused{{std::move(expected), std::move(found)}};
  }
  static void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) refuse("values written out, no anchors", "an anchor, " + at_line(mark));
  }
  static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    // "?" is yaml-cpp's word for a plain scalar, "!" for a quoted one.
    if (!tag.empty() && tag != "?" && tag != "!") refuse("values without tags", "the tag " + tag + ", " + at_line(mark));
  }

  DocumentNode* place(const YAML::Mark& mark, DocumentNode node) {
    if (open_.empty()) {
      root = std::move(node);
      return &root;
    }
    Open& parent = open_.back();
    if (parent.node->is(DocumentNode::Kind::kList)) return &parent.node->items.emplace_back(std::move(node));
    if (parent.expects_key) {
      if (!node.is(DocumentNode::Kind::kText)) refuse("keys that are text", node.described() + ", " + at_line(mark));
      parent.node->members.push_back({std::move(node.text), {}});
      parent.expects_key = false;
      return nullptr;
    }
    parent.node->members.back().value = std::move(node);
    parent.expects_key = true;
    return &parent.node->members.back().value;
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, DocumentNode::Kind kind) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (open_.size() == kDepthMax) refuse("at most 64 levels", "more, " + at_line(mark));
    DocumentNode node;
    node.kind = kind;
    DocumentNode* placed = place(mark, std::move(node));
    open_.push_back({placed, true});
  }

  std::vector<Open> open_;
};

// Reads the text where it stands.
class TextBuffer : public std::streambuf {
 public:
  explicit TextBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // streambuf's type; nothing writes
    setg(begin, begin, begin + text.size());
  }
};

}  // namespace

Result<DocumentNode, DocumentError> parse_yaml(std::string_view text) {
  if (!simdjson::validate_utf8(text.data(), text.size())) return fail(DocumentError{"UTF-8", "bytes that are not"});
  if (const auto zero = text.find('\0'); zero != std::string_view::npos) return fail(DocumentError{"text", "a zero byte"});
  try {
    TextBuffer buffer(text);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    Builder builder;
    if (!parser.HandleNextDocument(builder) || !builder.complete) return fail(DocumentError{"one YAML document", "none"});
    DocumentNode root = std::move(builder.root);
    Builder second;
    if (parser.HandleNextDocument(second)) return fail(DocumentError{"one YAML document", "more than one"});
    return root;
  } catch (const Refused& refused) {
    return fail(refused.error);
  } catch (const YAML::Exception& error) {
    return fail(DocumentError{"YAML", error.msg + ", " + at_line(error.mark)});
  } catch (const std::exception& error) {  // yaml-cpp converts numbers inside directives with standard functions
    return fail(DocumentError{"YAML", error.what()});
  }
}

std::string DocumentNode::described() const {
  switch (kind) {
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return flag ? "true" : "false";
    case Kind::kNumber:
      return "the number " + std::string(text);
    case Kind::kText:
      return in_quotes(text);
    case Kind::kList:
      return "a list";
    case Kind::kMap:
      return "a map";
  }
  return "nothing";
}

}  // namespace ringside::engine
