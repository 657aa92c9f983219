DROP TABLE hand_offs;
