// Runs a fuzz target without a fuzzer: every file of the corpus, then mutations of them from a fixed seed. So a build
// without instrumentation still walks the parsers on every test run, and a crash found by fuzzing stays found once its
// input is in the corpus. A failing run
// names the number of its input; the seed is fixed, so running again fails there again.

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;

constexpr int kMutations = 5000;
constexpr std::uint64_t kSeed = 0x6361697267;

int current = 0;

void onAbort(int) {
  // Asserts of the targets end here; only calls that are safe in a signal handler.
  char line[] = "replay: input 0000000 failed\n";
  for (int i = 20, n = current; i > 13; --i, n /= 10) line[i] = static_cast<char>('0' + n % 10);
  std::fwrite(line, 1, sizeof line - 1, stderr);
  std::signal(SIGABRT, SIG_DFL);
}

void run(const Input& input) {
  ++current;
  // A copy of the exact size, so that a read past the end is one past an allocation.
  const Input exact(input.begin(), input.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

std::vector<Input> load(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<Input> inputs;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return inputs;
}

class Mutator {
 public:
  explicit Mutator(const std::vector<Input>& corpus) : corpus_(corpus) {}

  Input next() {
    Input input = corpus_[below(corpus_.size())];
    for (std::size_t steps = 1 + below(4); steps > 0; --steps) mutate(input);
    return input;
  }

 private:
  std::size_t below(std::size_t n) { return n == 0 ? 0 : random_() % n; }
  std::ptrdiff_t place(const Input& input) { return static_cast<std::ptrdiff_t>(below(input.size())); }

  void mutate(Input& input) {
    static constexpr std::uint8_t kEdges[] = {0x00, 0x01, 0x17, 0x18, 0x1b, 0x7f, 0x80, 0xff};
    const auto at = place(input);
    const auto byte = static_cast<std::uint8_t>(random_());
    switch (input.empty() ? 1 : below(7)) {
      case 0:
        input[static_cast<std::size_t>(at)] ^= static_cast<std::uint8_t>(1U << below(8));
        break;
      case 1:
        input.insert(input.begin() + at, byte);
        break;
      case 2:
        input.erase(input.begin() + at);
        break;
      case 3:
        input[static_cast<std::size_t>(at)] = kEdges[below(std::size(kEdges))];
        break;
      case 4:
        input.resize(static_cast<std::size_t>(at));
        break;
      case 5:
        input[static_cast<std::size_t>(at)] = byte;
        break;
      default:
        splice(input, at);
    }
  }

  void splice(Input& input, std::ptrdiff_t at) {
    const Input& other = corpus_[below(corpus_.size())];
    const auto from = place(other);
    const auto size = static_cast<std::ptrdiff_t>(below(other.size() - static_cast<std::size_t>(from)));
    input.insert(input.begin() + at, other.begin() + from, other.begin() + from + size);
  }

  const std::vector<Input>& corpus_;
  std::mt19937_64 random_{kSeed};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
    return 2;
  }
  std::signal(SIGABRT, onAbort);
  const auto corpus = load(argv[1]);
  if (corpus.empty()) {
    std::fprintf(stderr, "replay: %s holds no inputs\n", argv[1]);
    return 1;
  }
  for (const Input& input : corpus) run(input);
  Mutator mutator(corpus);
  for (int i = 0; i < kMutations; ++i) run(mutator.next());
  std::printf("%zu inputs and %d mutations\n", corpus.size(), kMutations);
  return 0;
}
