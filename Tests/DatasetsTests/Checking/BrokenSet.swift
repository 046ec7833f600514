// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Datasets
import Testing

/// A data set that is broken in one way, and what must be said about it.
struct BrokenSet: CustomTestStringConvertible, Sendable {
  let name: String
  /// Makes the files.
  let make: @Sendable (TemporaryFolder) throws -> Void
  let kind: DatasetFinding.Kind
  let severity: DatasetFinding.Severity
  /// How the finding's place begins.
  let place: String
  /// What its message contains.
  let message: String

  init(
    _ name: String, _ severity: DatasetFinding.Severity, _ kind: DatasetFinding.Kind, at place: String = "",
    _ message: String, _ make: @escaping @Sendable (TemporaryFolder) throws -> Void
  ) {
    self.name = name
    self.severity = severity
    self.kind = kind
    self.place = place
    self.message = message
    self.make = make
  }

  var testDescription: String { name }
}

extension TemporaryFolder {
  /// A COCO file about the images a.png and b.png of 20×10 pixels, with the annotations given.
  func coco(_ annotations: String, images: String? = nil, categories: String? = nil) throws {
    try image("images/a.png", seed: 1).image("images/b.png", seed: 2)
    let listed =
      images
      ?? #"{"id": 1, "file_name": "a.png", "width": 20, "height": 10}, {"id": 2, "file_name": "b.png", "width": 20, "height": 10}"#
    let known = categories ?? #"{"id": 1, "name": "car"}, {"id": 2, "name": "bus"}"#
    try write(
      "{\"images\": [\(listed)],\n\"annotations\": [\n\(annotations)\n],\n\"categories\": [\(known)]}",
      to: "annotations/instances_train.json")
  }

  /// YOLO with one image of 20×10 pixels in train and the rows given.
  func yolo(_ rows: String, yaml: String = "names: [car, bus]\ntrain: images/train\n") throws {
    try image("images/train/a.png", seed: 1).image("images/train/b.png", seed: 2)
    try write(rows, to: "labels/train/a.txt").write("1 0.5 0.5 0.5 0.5\n", to: "labels/train/b.txt")
    try write(yaml, to: "data.yaml")
  }

  /// Pascal VOC with one image and the objects given.
  func voc(_ objects: String, size: String = "<size><width>20</width><height>10</height></size>") throws {
    try image("JPEGImages/a.png", seed: 1)
    try write(
      "<annotation>\n<filename>a.png</filename>\n\(size)\n\(objects)\n</annotation>", to: "Annotations/a.xml")
  }
}

extension BrokenSet {
  static let box = #"{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5]}"#

  static let coco: [BrokenSet] = [
    .init(
      "a box outside", .error, .boxOutside, at: "annotations/instances_train.json: annotations[0]",
      "reaches outside the image of 20×10"
    ) {
      try $0.coco(#"{"id": 1, "image_id": 1, "category_id": 1, "bbox": [15, 1, 9, 5]}"#)
    },
    .init(
      "a box far outside", .error, .boxOutside, at: "annotations/instances_train.json: annotations[1]",
      "lies outside the image"
    ) {
      try $0.coco(box + #",{"id": 2, "image_id": 1, "category_id": 1, "bbox": [30, 1, 9, 5]}"#)
    },
    .init("an inverted box", .error, .boxInverted, at: "annotations/instances_train.json: annotations[0]", "inverted") {
      try $0.coco(#"{"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 1, -4, 5]}"#)
    },
    .init("a box without area", .error, .geometry, "has no area") {
      try $0.coco(#"{"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 1, 0, 5]}"#)
    },
    .init(
      "a box of three numbers", .error, .malformed, at: "annotations/instances_train.json: annotations[0]", "3 numbers"
    ) {
      try $0.coco(#"{"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 1, 3]}"#)
    },
    .init(
      "an unknown category", .error, .classOutOfRange, at: "annotations/instances_train.json: annotations[0]",
      "no category with the id 9"
    ) {
      try $0.coco(#"{"id": 1, "image_id": 1, "category_id": 9, "bbox": [1, 1, 5, 5]}"#)
    },
    .init(
      "an unknown image", .error, .withoutImage, at: "annotations/instances_train.json: annotations[0]",
      "no image with the id 7"
    ) {
      try $0.coco(#"{"id": 1, "image_id": 7, "category_id": 1, "bbox": [1, 1, 5, 5]}"#)
    },
    .init(
      "a missing image", .error, .missingFile, at: "annotations/instances_train.json: images[0]",
      "'gone.png' is missing"
    ) {
      try $0.coco(box, images: #"{"id": 1, "file_name": "gone.png", "width": 20, "height": 10}"#)
    },
    .init(
      "a wrong size", .error, .wrongSize, at: "annotations/instances_train.json: images[0]",
      "stated as 40×10, but the image has 20×10"
    ) {
      try $0.coco(box, images: #"{"id": 1, "file_name": "a.png", "width": 40, "height": 10}"#)
    },
    .init(
      "an image id twice", .error, .duplicateID, at: "annotations/instances_train.json: images[1]", "id 1 occurs twice"
    ) {
      try $0.coco(box, images: #"{"id": 1, "file_name": "a.png"}, {"id": 1, "file_name": "b.png"}"#)
    },
    .init("categories that differ in case", .error, .similarLabels, "'car' (1) and 'Car' (0) differ only in case") {
      try $0.coco(box, categories: #"{"id": 1, "name": "car"}, {"id": 2, "name": "Car"}"#)
    },
    .init("categories that differ in Unicode form", .error, .similarLabels, "Unicode form") {
      try $0.coco(box, categories: #"{"id": 1, "name": "\u00e9tage"}, {"id": 2, "name": "e\u0301tage"}"#)
    },
    .init("categories that differ in a letter", .warning, .similarLabels, "one letter") {
      try $0.coco(
        box, categories: #"{"id": 1, "name": "bicycle"}, {"id": 2, "name": "bycicle"}, {"id": 3, "name": "bicycles"}"#)
    },
    .init("JSON that is cut", .error, .malformed, at: "annotations/instances_train.json:4:1", "ends too early") {
      try $0.image("images/a.png")
      try $0.write("{\"images\": [],\n\"annotations\": [\n{\"id\": 1},\n", to: "annotations/instances_train.json")
    },
    .init(
      "text where a number belongs", .error, .malformed, at: "annotations/instances_train.json:3:",
      "a number was expected"
    ) {
      try $0.coco(#"{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, "5", 5]}"#)
    },
    .init(
      "a polygon of an odd count", .error, .geometry, at: "annotations/instances_train.json: annotations[0]",
      "has 7 numbers"
    ) {
      try $0.coco(#"{"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[1, 1, 5, 1, 5, 5, 3]]}"#)
    },
    .init(
      "runs that don't add up", .error, .geometry, at: "annotations/instances_train.json: annotations[0]",
      "don't add up to 20×10"
    ) {
      try $0.coco(
        #"{"id": 1, "image_id": 1, "category_id": 1, "segmentation": {"size": [10, 20], "counts": [10, 20]}}"#)
    },
    .init(
      "a mask of another size", .error, .maskSize, at: "annotations/instances_train.json: annotations[0]",
      "10×10 pixels, but the image 20×10"
    ) {
      try $0.coco(
        #"{"id": 1, "image_id": 1, "category_id": 1, "segmentation": {"size": [10, 10], "counts": [10, 90]}}"#)
    },
    .init("too few keypoints", .error, .keypoints, "1 keypoints, but the class 'car' has 2") {
      try $0.coco(
        #"{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5], "keypoints": [1, 1, 2]}"#,
        categories: #"{"id": 1, "name": "car", "keypoints": ["a", "b"]}"#)
    },
    .init("an image that nothing names", .warning, .withoutAnnotation, at: "images/c.png", "nothing names it") {
      try $0.coco(box)
      try $0.image("images/c.png", seed: 9)
    },
    .init(
      "the same annotation twice", .warning, .repeatedAnnotation,
      at: "annotations/instances_train.json: annotations[1]", "twice"
    ) {
      try $0.coco(box + "," + box)
    },
  ]

  static let yolo: [BrokenSet] = [
    .init(
      "a class out of range", .error, .classOutOfRange, at: "labels/train/a.txt:2", "the class 2 is not one of 0 to 1"
    ) {
      try $0.yolo("0 0.5 0.5 0.5 0.5\n2 0.5 0.5 0.5 0.5\n")
    },
    .init("a row of three numbers", .error, .malformed, at: "labels/train/a.txt:1", "3 numbers after the class") {
      try $0.yolo("0 0.5 0.5 0.5\n")
    },
    .init("a word in a row", .error, .malformed, at: "labels/train/a.txt:1", "'x' is no number") {
      try $0.yolo("0 0.5 x 0.5 0.5\n")
    },
    .init("a name as class", .error, .malformed, at: "labels/train/a.txt:1", "'car' is no class number") {
      try $0.yolo("car 0.5 0.5 0.5 0.5\n")
    },
    .init("pixels instead of fractions", .error, .boxOutside, at: "labels/train/a.txt:1", "outside the image") {
      try $0.yolo("0 10 5 4 4\n")
    },
    .init("names that are fewer than nc", .error, .classOutOfRange, at: "data.yaml:1", "nc is 3, but there are 2 names")
    {
      try $0.yolo("0 0.5 0.5 0.5 0.5\n", yaml: "nc: 3\nnames: [car, bus]\ntrain: images/train\n")
    },
    .init("a name that is missing", .error, .classOutOfRange, at: "data.yaml:", "the class 1 has no name") {
      try $0.yolo("0 0.5 0.5 0.5 0.5\n", yaml: "train: images/train\nnames: {0: car, 2: bus}\n")
    },
    .init("an empty subset", .error, .emptySubset, at: "data.yaml", "the subset val has no images") {
      try $0.yolo("0 0.5 0.5 0.5 0.5\n", yaml: "names: [car, bus]\ntrain: images/train\nval: images/val\n")
    },
    .init("labels without an image", .warning, .withoutImage, at: "labels/train/c.txt", "no image for this label file")
    {
      try $0.yolo("0 0.5 0.5 0.5 0.5\n")
      try $0.write("0 0.5 0.5 0.5 0.5\n", to: "labels/train/c.txt")
    },
    .init("an image without labels", .warning, .withoutAnnotation, at: "images/train/c.png", "no label file") {
      try $0.yolo("0 0.5 0.5 0.5 0.5\n")
      try $0.image("images/train/c.png", seed: 3)
    },
    .init("an image that is text", .error, .unreadableImage, at: "images/train/a.png", "the image's size can't be read")
    {
      try $0.yolo("0 0.5 0.5 0.5 0.5\n")
      try $0.write("not an image", to: "images/train/a.png")
    },
    .init("no training subset", .warning, .missingSubset, "no subset is for training") {
      try $0.yolo("0 0.5 0.5 0.5 0.5\n", yaml: "names: [car, bus]\nval: images/train\n")
    },
  ]

  static let others: [BrokenSet] = [
    .init("XML that isn't closed", .error, .malformed, at: "Annotations/a.xml:", "closes '<object>' of line 4") {
      try $0.voc("<object><name>car</name>")
      try $0.image("JPEGImages/b.png", seed: 2)
      try $0.write("<annotation><filename>b.png</filename></annotation>", to: "Annotations/b.xml")
    },
    .init("XML that would expand", .error, .malformed, at: "Annotations/b.xml:1", "document type declaration") {
      try $0.voc(
        "<object><name>car</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox></object>")
      try $0.write("<!DOCTYPE a [<!ENTITY b \"c\">]><annotation>&b;</annotation>", to: "Annotations/b.xml")
    },
    .init("an object without a box", .error, .malformed, at: "Annotations/a.xml:4", "'car' has no bndbox") {
      try $0.voc("<object><name>car</name></object>")
    },
    .init("a corner that is no number", .error, .malformed, at: "Annotations/a.xml:4", "needs the numbers") {
      try $0.voc(
        "<object><name>car</name><bndbox><xmin>x</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox></object>")
    },
    .init("corners that are exchanged", .error, .boxInverted, at: "Annotations/a.xml:4", "inverted") {
      try $0.voc(
        "<object><name>car</name><bndbox><xmin>9</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox></object>")
    },
    .init("a name in two lists", .error, .leakage, at: "ImageSets/Main/val.txt:1", "'a' is listed in train and in val")
    {
      try $0.voc(
        "<object><name>car</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox></object>")
      try $0.write("a\n", to: "ImageSets/Main/train.txt").write("a\n", to: "ImageSets/Main/val.txt")
    },
    .init("a listed image that is missing", .error, .missingFile, at: "ImageSets/Main/train.txt:2", "'b' has neither") {
      try $0.voc(
        "<object><name>car</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox></object>")
      try $0.write("a\nb\n", to: "ImageSets/Main/train.txt")
    },
    .init("the same image in two subsets", .error, .leakage, at: "train/cat/1.png", "same file as 'test/cat/1.png'") {
      try $0.image("test/cat/1.png", seed: 1).image("train/cat/1.png", seed: 1).image("train/dog/2.png", seed: 2)
    },
    .init("the same image in two classes", .error, .duplicateImage, at: "dog/2.png", "with other classes") {
      try $0.image("cat/1.png", seed: 1).image("dog/2.png", seed: 1).image("dog/3.png", seed: 3)
    },
    .init("an image that is cut", .error, .unreadableImage, at: "cat/1.png", "ends within its header") {
      try $0.write(Array(Picture.png(8, 8).prefix(20)), to: "cat/1.png").image("dog/2.png")
    },
    .init("an empty image file", .error, .unreadableImage, at: "cat/1.png", "the file is empty") {
      try $0.write("", to: "cat/1.png").image("dog/2.png")
    },
    .init("a PNG called JPEG", .warning, .wrongExtension, at: "cat/1.jpg", "called .jpg, but it is PNG") {
      try $0.write(Picture.png(8, 8), to: "cat/1.jpg").image("dog/2.png", seed: 4)
    },
    .init(
      "a class that training never sees", .warning, .labelOnlyInOneSubset, "'fox' occurs in test but never in training"
    ) {
      try $0.image("train/cat/1.png", seed: 1).image("train/dog/2.png", seed: 2).image("test/fox/3.png", seed: 3)
    },
    .init("rare classes", .warning, .imbalance, "30 times as many") {
      for index in 0..<30 { try $0.image("cat/\(index).png", width: 4, height: 4, seed: index) }
      try $0.image("dog/1.png", width: 4, height: 4, seed: 99)
    },
    .init(
      "a mask that is missing", .error, .missingFile, at: "test/crack/1.png", "ground_truth/crack/1_mask.png is missing"
    ) {
      try $0.image("train/good/0.png", seed: 1).image("test/good/0.png", seed: 2).image("test/crack/1.png", seed: 3)
    },
    .init("a row of too many columns", .error, .malformed, at: "labels.csv:3", "4 columns, but the header has 2") {
      try $0.image("a.png").write("image,label\na.png,cat\na.png,cat,x,y\n", to: "labels.csv")
    },
    .init("a box that is no number", .error, .malformed, at: "labels.csv:2", "needs four numbers") {
      try $0.image("a.png").write("image,label,xmin,ymin,xmax,ymax\na.png,cat,1,2,x,4\n", to: "labels.csv")
    },
    .init("an image in two subsets of a table", .error, .leakage, at: "labels.csv:3", "is in train and in test") {
      try $0.image("a.png").write("image,label,subset\na.png,cat,train\na.png,cat,test\n", to: "labels.csv")
    },
    .init(
      "a pickle that wants to call", .error, .malformed, at: "data_batch_1",
      "wants to call 'os.system', which is refused"
    ) {
      try $0.write("(dp0\nS'label_names'\n(lp1\nS'cat'\nas.", to: "batches.meta")
      try $0.write("cos\nsystem\n(S'true'\ntR.", to: "data_batch_1")
    },
    .init("points of CVAT that are damaged", .error, .malformed, at: "annotations.xml:2", "polygon's numbers") {
      try $0.image("images/a.png")
      try $0.write(
        "<annotations><image id=\"0\" name=\"a.png\" width=\"20\" height=\"10\">\n<polygon label=\"x\" points=\"1,2;3\"/></image></annotations>",
        to: "annotations.xml")
    },
    .init(
      "a label of Datumaro that isn't there", .error, .classOutOfRange,
      at: "annotations/train.json: items[0].annotations[0]", "label_id 4 is not one of 0 to 0"
    ) {
      try $0.image("images/train/a.png")
      try $0.write(
        #"{"categories": {"label": {"labels": [{"name": "x"}]}}, "items": [{"id": "a", "image": {"path": "a.png"}, "annotations": [{"id": 0, "type": "label", "label_id": 4}]}]}"#,
        to: "annotations/train.json")
    },
    .init(
      "a list of darknet that is missing", .error, .missingFile, at: "obj.data",
      "list 'data/valid.txt' of valid is missing"
    ) {
      try $0.image("obj_train_data/a.png").write("0 0.5 0.5 0.5 0.5\n", to: "obj_train_data/a.txt")
      try $0.write("data/obj_train_data/a.png\n", to: "train.txt").write("car\n", to: "obj.names")
      try $0.write(
        "classes = 1\ntrain = data/train.txt\nvalid = data/valid.txt\nnames = data/obj.names\n", to: "obj.data")
    },
  ]
}
