"""Random documents of eth_signTypedData_v4, from a seed: nested structs, arrays of every shape, all atomic types,
negative integers, empty arrays, strings in many scripts, domains with any subset of the fields.

Contract: a case is (document, libraries), the libraries being those that have a meaning for it at all: ethers has no
recursive types, eth-account none that need a second struct, and only eth-sig-util and eth-account let a struct be null.
docs/formats/typed-data.md lists where they part."""

import random

ALL = ["eth-account", "eth-sig-util", "ethers", "viem"]
NO_ETHERS = ["eth-account", "eth-sig-util", "viem"]
MUTUAL = ["eth-sig-util", "viem"]
NULLS = ["eth-account", "eth-sig-util"]

DOMAIN = [("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address"),
          ("salt", "bytes32")]
LETTERS = ["abcXYZ 019", "äöüßéèñ", "Ωμέγα", "Привет", "日本語漢字", "한국어", "العربية", "🙂🚀👩‍👩‍👧", "\t\n\"\\/", "\u0000\u001f\u007f",
           "e\u0301", "\u202e\u200b"]


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def atomic(self):
        kind = self.random.randrange(8)
        if kind < 2:
            return "uint%d" % (8 * self.random.randint(1, 32))
        if kind < 4:
            return "int%d" % (8 * self.random.randint(1, 32))
        if kind == 4:
            return "bytes%d" % self.random.randint(1, 32)
        return self.random.choice(["bool", "address", "bytes", "string"])

    def dimensions(self):
        out = ""
        while self.random.random() < 0.3 and out.count("[") < 3:
            out += "[]" if self.random.random() < 0.5 else "[%d]" % self.random.randint(1, 4)
        return out

    def text(self):
        return "".join(self.random.choice(self.random.choice(LETTERS)) for _ in range(self.random.choice([0, 1, 5, 40])))

    def address(self):
        return "0x" + self.random.randbytes(20).hex()

    def integer(self, low, high):
        value = self.random.choice([low, high, 0, 1, self.random.randint(low, high),
                                    self.random.randint(max(low, -1000), min(high, 1000))])
        spelling = self.random.randrange(3)
        if spelling == 0 and abs(value) < 2**53:
            return value
        if spelling == 1 and value >= 0:
            return hex(value)
        return str(value)

    def value(self, type, types, depth):
        if type.endswith("]"):
            inner, count = type[:-1].rsplit("[", 1)
            count = int(count) if count else self.random.choice([0, 1, 2, 3]) if depth < 4 else 0
            return [self.value(inner, types, depth + 1) for _ in range(count)]
        if type in types:
            return {m["name"]: self.value(m["type"], types, depth + 1) for m in types[type]}
        if type.startswith("uint"):
            return self.integer(0, 2**int(type[4:]) - 1)
        if type.startswith("int"):
            return self.integer(-2**(int(type[3:]) - 1), 2**(int(type[3:]) - 1) - 1)
        if type == "bool":
            return self.random.random() < 0.5
        if type == "address":
            return self.address()
        if type == "string":
            return self.text()
        size = int(type[5:]) if type != "bytes" else self.random.choice([0, 1, 31, 32, 33, 200])
        return "0x" + self.random.randbytes(size).hex()

    def domain(self):
        fields = [f for f in DOMAIN if self.random.random() < 0.6]
        values = {"name": self.text(), "version": self.random.choice(["1", "2.0", ""]),
                  "chainId": self.integer(1, 2**64), "verifyingContract": self.address(),
                  "salt": "0x" + self.random.randbytes(32).hex()}
        return [{"name": n, "type": t} for n, t in fields], {n: values[n] for n, _ in fields}

    def structs(self):
        """Each struct uses later ones only, and every struct is used: what all libraries take."""
        names = ["T%s%d" % (self.random.choice("abXY_z"), i) for i in range(self.random.randint(1, 5))]
        types = {}
        for i, name in enumerate(names):
            members = [self.atomic() + self.dimensions() for _ in range(self.random.randint(0 if i else 1, 6))]
            members += [n + self.dimensions() for n in names[i + 1:] if self.random.random() < 0.4]
            if i + 1 < len(names):
                members.append(names[i + 1] + self.dimensions())
            self.random.shuffle(members)
            types[name] = [{"name": "m%d%s" % (k, self.random.choice(["", "_", "Name"])), "type": t}
                           for k, t in enumerate(members)]
        return names[0], types

    def document(self, primary, types, message):
        fields, domain = self.domain()
        everything = list({"EIP712Domain": fields, **types}.items())
        self.random.shuffle(everything)
        return {"types": dict(everything), "primaryType": primary, "domain": domain, "message": message}

    def plain(self):
        primary, types = self.structs()
        return self.document(primary, types, self.value(primary, types, 0)), ALL

    def tree(self):
        """A type that refers to itself through an array; half of them by way of another type."""
        mutual = self.random.random() < 0.5
        types = {"Node": [{"name": "name", "type": "string"}, {"name": "children", "type": "Node[]"},
                          {"name": "owner", "type": "Owner"}],
                 "Owner": [{"name": "wallets", "type": "address[2]"}] + [{"name": "of", "type": "Node[]"}] * mutual}
        return self.document("Node", types, self.value("Node", types, 0)), MUTUAL if mutual else NO_ETHERS

    def chain(self):
        """A type that refers to itself until it is null or absent; structs that are null in an array too."""
        types = {"Person": [{"name": "name", "type": "string"}, {"name": "mother", "type": "Person"},
                            {"name": "father", "type": "Person"}, {"name": "friends", "type": "Person[]"}]}

        def person(depth):
            if depth > 3 or self.random.random() < 0.3 * depth:
                return None
            made = {"name": self.text(), "mother": person(depth + 1), "father": person(depth + 1),
                    "friends": [person(depth + 2) for _ in range(self.random.randint(0, 2))]}
            if made["father"] is None and self.random.random() < 0.5:
                del made["father"]
            return made
        return self.document("Person", types, person(0)), NULLS

    def case(self):
        roll = self.random.random()
        return self.plain() if roll < 0.88 else self.tree() if roll < 0.95 else self.chain()


def cases(count, seed):
    maker = Maker(seed)
    return [maker.case() for _ in range(count)]
