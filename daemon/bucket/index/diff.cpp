// Two trees side by side. The cursors are lazy: while both stand on an unloaded node of the same CID it is skipped
// whole, and only where they differ is anything loaded. So the cost is in the differences, not in the trees.
#include "daemon/bucket/index/tree.h"

namespace cairn::bucket::index {
namespace {

Difference removed(const Cursor& c) {
  return {std::string(c.key()), toBytes(c.value()), {}, c.item().weight, 0};
}
Difference added(const Cursor& c) {
  return {std::string(c.key()), {}, toBytes(c.value()), 0, c.item().weight};
}

/// Nothing below `end` is left.
bool past(const Cursor& c, const std::string& end) {
  return c.atEnd() || (!end.empty() && (c.onItem() || c.level() >= 0) && c.key() >= end);
}

/// Loads whichever side stands on a node. True when it did so or skipped; false when both are on items or at the end.
Task<Result<bool>> approach(Cursor& a, Cursor& b) {
  bool aNode = !a.atEnd() && !a.onItem(), bNode = !b.atEnd() && !b.onItem();
  if (!aNode && !bNode) co_return false;
  if (aNode && bNode && a.child() == b.child()) {
    a.next();
    b.next();
    co_return true;
  }
  // An unloaded root says nothing of its level: look at it first. Otherwise the higher node is opened.
  Cursor* open = &a;
  if (!aNode)
    open = &b;
  else if (bNode && a.level() >= 0 && (b.level() < 0 || b.level() > a.level()))
    open = &b;
  if (aNode && bNode && a.level() >= 0 && a.level() == b.level()) {
    if (auto s = co_await b.descend(); !s) co_return s.error();
  }
  if (auto s = co_await open->descend(); !s) co_return s.error();
  co_return true;
}

}  // namespace

Task<Result<std::vector<Difference>>> diff(NodeSource& source, Root before, Root after, Range range) {
  std::vector<Difference> out;
  Cursor a(source), b(source);
  for (auto [cursor, root] : {std::pair(&a, &before), std::pair(&b, &after)}) {
    Status s = cursor->start(*root);
    if (s && !range.from.empty()) s = co_await cursor->seek(range.from);
    if (!s) co_return s.error();
  }
  while (out.size() < range.limit && !(past(a, range.end) && past(b, range.end))) {
    // One side on an item that lies before the other side's unloaded node needs no loading.
    if (a.onItem() && !b.atEnd() && !b.onItem() && b.level() >= 0 && a.key() < b.key()) {
      out.push_back(removed(a));
      a.next();
      continue;
    }
    if (b.onItem() && !a.atEnd() && !a.onItem() && a.level() >= 0 && b.key() < a.key()) {
      out.push_back(added(b));
      b.next();
      continue;
    }
    auto moved = co_await approach(a, b);
    if (!moved) co_return moved.error();
    if (*moved) continue;
    if (b.atEnd() || (!a.atEnd() && a.key() < b.key())) {
      out.push_back(removed(a));
      a.next();
    } else if (a.atEnd() || b.key() < a.key()) {
      out.push_back(added(b));
      b.next();
    } else {
      Item left = a.item(), right = b.item();
      if (!std::equal(left.raw.begin(), left.raw.end(), right.raw.begin(), right.raw.end()))
        out.push_back({std::string(a.key()), toBytes(a.value()), toBytes(b.value()), left.weight, right.weight});
      a.next();
      b.next();
    }
  }
  co_return out;
}

Task<Result<Merged>> merge(NodeSource& source, Root base, Root ours, Root theirs, Range range) {
  auto mine = co_await diff(source, base, ours, range);
  if (!mine) co_return mine.error();
  auto yours = co_await diff(source, base, theirs, range);
  if (!yours) co_return yours.error();
  if (std::max(mine->size(), yours->size()) >= range.limit)
    co_return fail(Errc::too_large, "more than " + std::to_string(range.limit - 1) + " keys differ");
  Merged out;
  auto other = yours->begin();
  for (Difference& d : *mine) {
    while (other != yours->end() && other->key < d.key) ++other;
    if (other == yours->end() || other->key != d.key)
      out.edits.push_back({d.key, d.after, d.weightAfter});
    else if (other->after != d.after || other->weightAfter != d.weightAfter)
      out.conflicts.push_back({d.key, other->after, d.after, other->weightAfter, d.weightAfter});
  }
  co_return out;
}

}  // namespace cairn::bucket::index
