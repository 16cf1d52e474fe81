"""What a careful call is made of: limits and spending, the circuit breaker, waits, prices and the response store."""
