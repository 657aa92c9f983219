"""Plain rules of the business: prices, calendar, booking, customers, safety. No I/O."""
