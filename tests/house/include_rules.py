"""Holds every `#include` of a source tree to who_may_know_whom.py.

    for violation in check_includes(SourceTree(root)): print(violation)      # file:line: message

Also refused: a quoted path that is not from the repository's root, a header that does not exist, and a circle of folders, which
no order of reading could untangle.
"""

import fnmatch
import re

import who_may_know_whom as table
from source_tree import CPP_SUFFIXES, Violation, line_of

FOLDERS = ("schemas", "client_lib", "engine", "tools", "bench", "tests")
PUBLIC_ROOT = "client_lib/include/"
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"(?P<quoted>[^"\n]+)"|<(?P<angled>[^>\n]+)>)', re.MULTILINE)
WHOLE_ENGINE = ("engine", "engine_parts", "as_configured", "operators_word")  # what wires the folders together


def area_of(file):
    """The area (who_may_know_whom.py) that a file belongs to, or None outside of FOLDERS."""
    parts = file.split("/")
    if file.startswith("client_lib/base/") or file == PUBLIC_ROOT + "ringside/result.h":
        return "base"
    if file.startswith(PUBLIC_ROOT):
        return "public"
    if parts[0] in ("client_lib", "bench", "tests"):
        return parts[0]
    if file == "engine/main.cc":
        return "main.cc"
    if parts[0] == "engine" and len(parts) == 2 and parts[1].rsplit(".", 1)[0] in WHOLE_ENGINE:
        return "engine.cc"
    if parts[0] in ("engine", "tools", "schemas") and len(parts) > 2:
        return "/".join(parts[:2])
    return None


def is_one_of(area, patterns):
    return any(fnmatch.fnmatchcase(area, pattern) for pattern in patterns)


def may_know(area, known, header, edges, output_headers):
    """None when files of `area` may include `header` of the area `known`, else why not."""
    if area == known:
        return None
    reason = f"{area} may not know {known}"
    for edge in edges:
        if is_one_of(area, edge.by) and is_one_of(known, edge.known):
            if not edge.outputs_only or header in output_headers.get(known, ()):
                return None
            outputs = ", ".join(output_headers.get(known, ())) or "none is listed"
            reason = f"{area} may know only what {known} hands over ({outputs}), not {header}"
    return reason + " (tests/house/who_may_know_whom.py)"


def resolve(path, is_quoted, tree):
    """(the included file within the tree or None, what is wrong with how it is written or None)."""
    if path.startswith("ringside/"):
        file = PUBLIC_ROOT + path
        if is_quoted:
            return file, f'public headers are included as <{path}>'
        return (file, None) if file in tree else (None, f"<{path}> is not in {PUBLIC_ROOT}")
    if not is_quoted:
        return None, None
    if path.split("/")[0] not in FOLDERS:
        return None, f'"{path}" is not a path from the repository\'s root'
    return (path, None) if path in tree else (None, f'"{path}" does not exist')


def check_library(area, path, libraries):
    for library in libraries:
        if path.startswith(library.headers):
            if (library.only_in and not is_one_of(area, library.only_in)) or is_one_of(area, library.never_in):
                return f"<{path}> is not for {area}: {library.why}"
    return None


def includes_of(tree, file):
    code = tree.code(file)
    for match in _INCLUDE.finditer(code):
        yield line_of(code, match.start()), match["quoted"] or match["angled"], match["quoted"] is not None


def check_includes(tree, edges=table.EDGES, output_headers=None, libraries=table.LIBRARIES):
    """All violations, in the order of the files."""
    output_headers = table.OUTPUT_HEADERS if output_headers is None else output_headers
    violations, known_by = [], {}
    for file in tree.of_suffix(CPP_SUFFIXES, *FOLDERS):
        area = area_of(file)
        if area is None:
            violations.append(Violation(file, 1, "belongs to no area: sources live in a folder of their own"))
            continue
        for line, path, is_quoted in includes_of(tree, file):
            target, wrong = resolve(path, is_quoted, tree)
            if not wrong and target:
                known = area_of(target)
                header = target.removeprefix(known + "/")
                wrong = may_know(area, known, header, edges, output_headers)
                if known != area:
                    known_by.setdefault(area, {}).setdefault(known, (file, line))
            elif not wrong:
                wrong = check_library(area, path, libraries)
            if wrong:
                violations.append(Violation(file, line, wrong))
    return violations + check_output_headers(tree, output_headers) + check_circles(known_by)


def check_output_headers(tree, output_headers):
    here = "tests/house/who_may_know_whom.py"
    return [Violation(here, 1, f"OUTPUT_HEADERS names {area}/{header}, which does not exist")
            for area, headers in output_headers.items() for header in headers
            if f"{area}/{header}" not in tree and any(file.startswith(area + "/") for file in tree.files)]


def check_circles(known_by):
    """One violation a circle of areas, at an include that closes it."""
    violations, done = [], set()

    def visit(area, path):
        for known, (file, line) in sorted(known_by.get(area, {}).items()):
            if known in path:
                circle = path[path.index(known):] + [known]
                violations.append(Violation(file, line, "a circle of includes: " + " -> ".join(circle)))
            elif known not in done:
                visit(known, path + [known])
        done.add(area)

    for area in sorted(known_by):
        if area not in done:
            visit(area, [area])
    return violations
