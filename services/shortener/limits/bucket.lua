-- Take one token from every bucket in KEYS, or from none. ARGV holds capacity and refill per second
-- for each key in turn. Redis runs a script alone, so reading and writing back is one step; its own
-- clock is the only one, so that the clocks of the instances do not matter.
-- Answers, per key, whether the bucket had a token and what is in it now (as text: Redis cuts
-- numbers to integers; 17 digits are a double in full).
local ROUNDING = 1e-6
local now = redis.call('TIME')
local now_s = now[1] + now[2] / 1000000

local as_of, left, had, all = {}, {}, {}, true
for i, key in ipairs(KEYS) do
  local capacity, refill_per_s = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local bucket = redis.call('HMGET', key, 'tokens', 'as_of_s')
  local tokens, as_of_s = tonumber(bucket[1]) or capacity, tonumber(bucket[2]) or now_s
  -- A clock that was set back refills nothing, now or when it comes by the same time again.
  as_of[i] = math.max(now_s, as_of_s)
  left[i] = math.min(capacity, tokens + (as_of[i] - as_of_s) * refill_per_s)
  had[i] = left[i] >= 1 - ROUNDING
  all = all and had[i]
end

local answer = {}
for i, key in ipairs(KEYS) do
  local capacity, refill_per_s = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  if all then left[i] = math.max(0, left[i] - 1) end
  redis.call('HSET', key, 'tokens', string.format('%.17g', left[i]),
    'as_of_s', string.format('%.17g', as_of[i]))
  -- A full bucket need not be remembered.
  redis.call('PEXPIRE', key, math.ceil((capacity - left[i]) / refill_per_s * 1000) + 1000)
  answer[2 * i - 1] = had[i] and 1 or 0
  answer[2 * i] = string.format('%.17g', left[i])
end
return answer
