// Beast's and Asio-over-OpenSSL's own code, compiled once for the whole daemon.
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
