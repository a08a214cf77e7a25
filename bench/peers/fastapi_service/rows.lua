-- What wrk sends: the rows of the file ROWS, one a request, over and over. Prints one JSON object at the end.
local requests, at = {}, 0

function init(args)
  wrk.headers["Content-Type"] = "application/json"
  for line in io.lines(os.getenv("ROWS")) do
    requests[#requests + 1] = wrk.format("POST", "/predict", nil, line)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('{"requests":%d,"us":%d,"p50":%d,"p99":%d,"errors":%d}\n', summary.requests, summary.duration, latency:percentile(50),
                         latency:percentile(99), errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
