// SPDX-License-Identifier: Apache-2.0

/// The 80 object names of the COCO data set, in the order every detector trained on it uses.
enum CocoLabels {
    static let names = """
        person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,stop sign,parking meter,\
        bench,bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,backpack,umbrella,handbag,tie,suitcase,frisbee,\
        skis,snowboard,sports ball,kite,baseball bat,baseball glove,skateboard,surfboard,tennis racket,bottle,wine glass,\
        cup,fork,knife,spoon,bowl,banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,chair,couch,\
        potted plant,bed,dining table,toilet,tv,laptop,mouse,remote,keyboard,cell phone,microwave,oven,toaster,sink,\
        refrigerator,book,clock,vase,scissors,teddy bear,hair drier,toothbrush
        """.split(separator: ",").map(String.init)

    /// The names for a network with that many classes; empty when it is not COCO's number.
    static func ifCount(_ classes: Int) -> [String] { classes == names.count ? names : [] }
}
