// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Letters of five by seven pixels, drawn for Galley: ASCII from the space to the tilde.
enum BitmapFont {
  static let width = 5
  static let height = 7

  /// The letter's 35 pixels, rows from the top, the first in the highest bit. Accents are left out; what has no letter is
  /// shown as a frame.
  static func pixels(of character: Character) -> UInt64 {
    if let code = code(of: character) { return letters[code - 32] }
    let base = String(character).decomposed
    return base.flatMap(code).map { letters[$0 - 32] } ?? 0x7_e318_c63f
  }

  private static func code(of character: Character) -> Int? {
    guard let value = character.asciiValue, 32...126 ~= value else { return nil }
    return Int(value)
  }

  private static let letters: [UInt64] = [
    0x0000_0000, 0x1_0842_1004, 0x2_9400_0000, 0x2_bea5_2bea, 0x1_1f47_17c4, 0x6_7222_2273, 0x3_2544_564d,
    0x1_0800_0000, 0x8884_2082, 0x2_0821_0888, 0x2aef_baa0, 0x084f_9080, 0x0000_1888, 0x0007_0000, 0x0000_018c,
    0x4222_2210, 0x3_a33a_e62e, 0x1_1942_109f, 0x3_a213_221f, 0x7_8217_043e, 0x8ca9_7c42, 0x7_e1e0_862e,
    0x1_910f_462e, 0x7_c222_1108, 0x3_a317_462e, 0x3_a317_844c, 0x18c0_3180, 0x0c60_1888, 0x8888_2082, 0x01f0_7c00,
    0x2_0820_8888, 0x3_a213_1004, 0x3_a37a_de0f, 0x3_a31f_c631, 0x7_a31f_463e, 0x3_e108_420f, 0x7_2518_c65c,
    0x7_e10f_421f, 0x7_e10f_4210, 0x3_e109_c62f, 0x4_631f_c631, 0x3_8842_108e, 0x1_c421_0a4c, 0x4_654c_5251,
    0x4_2108_421f, 0x4_775a_c631, 0x4_739a_ce71, 0x3_a318_c62e, 0x7_a31f_4210, 0x3_a318_d64d, 0x7_a31f_5251,
    0x3_e107_043e, 0x7_c842_1084, 0x4_6318_c62e, 0x4_6315_2884, 0x4_631a_d771, 0x4_54a2_2951, 0x4_62a2_1084,
    0x7_c222_221f, 0x3_9084_210e, 0x4_2082_0821, 0x3_8421_084e, 0x1_1510_0000, 0x0000_001f, 0x2_0800_0000,
    0x00e0_be2f, 0x4_21e8_c63e, 0x00f8_420f, 0x42f8_c62f, 0x00e8_fe0f, 0x1_91e4_2108, 0x1f18_bc2e, 0x4_21e8_c631,
    0x1_00c2_108e, 0x8061_0a4c, 0x4_212a_6292, 0x3_0842_1083, 0x01aa_d6b5, 0x01e8_c631, 0x00e8_c62e, 0x01e8_fa10,
    0x00f8_bc21, 0x016c_4210, 0x00f8_383e, 0x2_11e4_2106, 0x0118_c62f, 0x0118_a944, 0x015a_d6aa, 0x0115_1151,
    0x0118_bc2e, 0x01f1_111f, 0xc844_1083, 0x1_0842_1084, 0x6_0841_1098, 0x009a_c800,
  ]
}

extension String {
  /// The first letter without its accents, where Latin letters have one.
  fileprivate var decomposed: Character? {
    let bases: [(Substring, Character)] = [
      ("ÀÁÂÃÄÅ", "A"), ("àáâãäå", "a"), ("Ç", "C"), ("ç", "c"), ("ÈÉÊË", "E"), ("èéêë", "e"), ("ÌÍÎÏ", "I"),
      ("ìíîï", "i"), ("Ñ", "N"), ("ñ", "n"), ("ÒÓÔÕÖØ", "O"), ("òóôõöø", "o"), ("ÙÚÛÜ", "U"), ("ùúûü", "u"),
      ("ÝŸ", "Y"), ("ýÿ", "y"), ("ß", "s"), ("–—−", "-"), ("×", "x"), ("’‘", "'"),
    ]
    return first.flatMap { letter in bases.first { $0.0.contains(letter) }?.1 }
  }
}
