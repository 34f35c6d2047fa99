-- A postback a request, each with a transaction id of its own; the result as report.lua prints it.
local threads = 0
function setup(thread)
  thread:set("id", threads)
  threads = threads + 1
end

function init(args)
  count = 0
  -- Two runs against one server must not repeat each other.
  run = string.format("%d-%d", id, os.time())
  path = wrk.path:gsub("txid=.*", "txid=")
end

function request()
  count = count + 1
  return wrk.format("GET", path .. run .. "-" .. count)
end

local here = debug.getinfo(1, "S").source:match("^@(.*/)") or ""
dofile(here .. "report.lua")
