// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// What a user's options say.
enum OptionClaims {
  static func claims(_ options: ExpectationOptions) throws(GalleyError) -> ExpectationClaims {
    var claims = ExpectationClaims()
    if let word = options.preprocessing {
      try PreprocessingFile.claims(word, .option, "--preprocessing \(word)", into: &claims)
    }
    if let path = options.labels {
      claims.labels = Claim(try LabelFile.read(path), .option, "--labels \(path)")
    }
    if let word = options.output {
      guard let meaning = OutputMeaning(rawValue: word) else {
        let words = OutputMeaning.allCases.map(\.rawValue)
        let guess = NearestName.match(word, in: words).map { "; did you mean \($0)?" } ?? ""
        throw GalleyError(
          .usage, "can't use --output \(word)", why: "it is one of \(words.joined(separator: ", "))\(guess)")
      }
      claims.output = Claim(meaning, .option, "--output \(word)")
    }
    return claims
  }
}
